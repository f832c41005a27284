"""Phone numbers and e-mail addresses, brought to one form: equal results reach the same person, None reaches nobody.

Phone numbers become E.164 under a default region; short codes and numbers that are not valid stay as digits.
"""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
from email_validator import EmailNotValidError, validate_email

SEPARATORS = re.compile(r"[\s\-()./\u2010-\u2015]+")
_DIALLED = re.compile(r"(?:tel:)?(\+?[\d\s\-()./\u2010-\u2015]+(?:(?:;ext=|ext\.?|x|#|转)\s*\d{1,7})?)", re.IGNORECASE)
"""What a phone number may contain: the library itself would dial words, and find a number inside a sentence."""
_RAW_DIGITS = range(3, 16)  # 3: the shortest service codes; 15: the longest number of E.164


def phone_of(text: str, region: str) -> str | None:
    """E.164, with `;ext=` where an extension was given; bare digits for short codes; None if it is not a number. `region`
    (ISO 3166) is that of numbers without a country code."""
    dialled = _DIALLED.fullmatch(_plain(text))
    if dialled is None:
        return None
    text = dialled[1].replace("转", ";ext=")
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        number = None
    if number is not None and phonenumbers.is_valid_number(number):
        e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        return f"{e164};ext={number.extension}" if number.extension else e164
    digits = SEPARATORS.sub("", text).removeprefix("+")
    return digits if digits.isascii() and digits.isdigit() and len(digits) in _RAW_DIGITS else None


def email_of(text: str) -> str | None:
    """The address in lower case; None when it does not have the form of one."""
    try:
        return validate_email(_plain(text), check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()
