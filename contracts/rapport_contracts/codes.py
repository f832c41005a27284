"""What may stand in a code that comes in from outside: in a body, a push, an import, a register.

Codes go in clear to topics that are kept for ever, so a name or a number of somebody must not stand in one. What is read
from topics and tables, where older and laxer codes lie, is `fields.Code`; what is brought is one of these.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator, ValidationInfo, WithJsonSchema

from rapport_contracts.fields import WrongValue

STORED = "stored"
"""The context of validation for what was taken in once and is read again: it stays as it is."""
MOST_DIGITS = 6
"""That follow one another, separators not counted: with seven it could be somebody's number."""
MOST_STAFF_DIGITS = 8
"""The same of ids of the staff: eight are a usual employee number, and dialled as they are they reach nobody for sure."""
LONGEST_CODE, LONGEST_ID = 64, 100

_DIGITS = f"(?:[._-]*[0-9]){{0,{MOST_DIGITS}}}[._-]*"
CODE_PATTERN = f"^(?:[0-9](?:[._-]*[0-9]){{0,{MOST_DIGITS - 1}}}[._-]*|[a-z]{_DIGITS})(?:[a-z]{_DIGITS})*$"
"""`[a-z0-9][a-z0-9._-]*` without a run of seven digits, written so that no look-ahead is needed."""
STAFF_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._|:-]*$"
REFERENCE_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._:/-]*$"
_CODE, _STAFF, _REFERENCE = re.compile(CODE_PATTERN), re.compile(STAFF_PATTERN), re.compile(REFERENCE_PATTERN)
_RUN = re.compile(rf"[0-9](?:[._-]*[0-9]){{{MOST_STAFF_DIGITS},}}")
_OTHER = re.compile(r"[^a-z0-9]+")
_CUT, _LETTERS = 6, str.maketrans("0123456789", "ghijklmnop")
_HEX = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<![0-9a-z])(?=[0-9]*[a-f])[0-9a-f]{20,64}(?![0-9a-z])", re.IGNORECASE
)
"""A UUID, or an id of 80 bits and more in hexadecimal: runs of digits in one are nobody's number."""
_NUMBER_OF_SOMEBODY = re.compile(
    r"(?:(?:tel:|sips?:)?(?:\+[0-9-]{7,}|(?:86-?)?1[3-9][0-9](?:-?[0-9]{4}){2}|0[1-9][0-9]{1,2}-[0-9]{7,8})"
    r"|(?:tel:|sips?:)[0-9-]{7,})(?:@.*)?"
)
"""A telephone number as it is dialled: international (E.164), a mobile one or one with its area code in China; or said to be
one (RFC 3966, RFC 3261). Digits without any of that count something: zero-padded and long ids are common."""


@lru_cache(maxsize=4096)  # few codes come often
def is_code(text: str) -> bool:
    """Whether it may be a code: lower-case ASCII letters, digits, `.`, `_`, `-`; no seven digits in a row."""
    return len(text) <= LONGEST_CODE and _CODE.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def is_staff_id(text: str) -> bool:
    """Whether it may stand for one of the staff: opaque, so neither a mail address nor a name with blanks nor nine digits in
    a row; those of a UUID or of a long hexadecimal id do not count."""
    if len(text) > LONGEST_ID or _STAFF.fullmatch(text) is None:
        return False
    return _RUN.search(_HEX.sub("", text)) is None


def is_reference(text: str) -> bool:
    """Whether it may be what another system calls something: digits as many as it likes, but no telephone number."""
    return len(text) <= LONGEST_ID and _REFERENCE.fullmatch(text) is not None and not is_telephone_number(text)


def is_telephone_number(text: str) -> bool:
    """Whether the whole of it can only be meant as one; digits that count something are none."""
    return _NUMBER_OF_SOMEBODY.fullmatch(text) is not None


def code_of(name: str) -> str | None:
    """The code for what others call something, `Credit card` -> `credit-card`; None where there is none: no Latin letter or
    digit is left, or somebody's number would be. One that is too long is cut and ends in letters made of the whole, so that
    two that begin alike stay two."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    made = _OTHER.sub("-", plain.encode("ascii", "ignore").decode()).strip("-")
    if len(made) > LONGEST_CODE:
        digest = hashlib.sha256(made.encode()).hexdigest()[:_CUT].translate(_LETTERS)
        made = f"{made[: LONGEST_CODE - _CUT - 1].rstrip('-')}-{digest}"
    return made if is_code(made) else None


def _checked(allowed: Callable[[str], bool], wrong: WrongValue) -> Callable[[str, ValidationInfo], str]:
    def check(value: str, info: ValidationInfo) -> str:
        if info.context != STORED and not allowed(value):
            raise wrong
        return value

    return check


def _schema(pattern: str, longest: int) -> dict[str, Any]:
    return {"type": "string", "pattern": pattern, "minLength": 1, "maxLength": longest}


NewCode = Annotated[
    str, AfterValidator(_checked(is_code, WrongValue("not-a-code"))), WithJsonSchema(_schema(CODE_PATTERN, LONGEST_CODE))
]
"""A code that somebody brings: `[a-z0-9][a-z0-9._-]{0,63}` without a run of seven digits. Raises `not-a-code`."""

NewStaffId = Annotated[
    str,
    AfterValidator(_checked(is_staff_id, WrongValue("not-a-staff-id"))),
    WithJsonSchema(_schema(STAFF_PATTERN, LONGEST_ID)),
]
"""The opaque id of one of the staff, or a unit's code, that somebody brings; capitals count. Raises `not-a-staff-id`."""

NO_TELEPHONE_NUMBER = AfterValidator(_checked(lambda text: not is_telephone_number(text), WrongValue("not-a-reference")))
"""For ids that have a form of their own."""

NewReference = Annotated[
    str,
    AfterValidator(_checked(is_reference, WrongValue("not-a-reference"))),
    WithJsonSchema(_schema(REFERENCE_PATTERN, LONGEST_ID)),
]
"""What another system calls something, as it brings it. Raises `not-a-reference`."""
