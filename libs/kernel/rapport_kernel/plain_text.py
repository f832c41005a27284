"""Text as people see it: what a database and a terminal can hold, and what two readers take for the same."""

from __future__ import annotations

import re
import unicodedata

_UNCLEAN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"})
"""Scripts with letters that look like those of another one (Unicode TR 39: confusables); Unicode names begin with them."""
_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""General categories of characters that nobody sees, or that nobody has agreed on."""


def is_clean(text: str) -> bool:
    """Whether it is without NUL, control characters (but tab and line ends), surrogates and non-characters."""
    return _UNCLEAN.search(text) is None


def is_unambiguous(text: str) -> bool:
    """Whether what is read is what is there: no invisible character, no letters of two scripts that look alike. For ids,
    which people compare by eye. Text of one script throughout is taken as it is, whichever it is; digits belong to all."""
    if text.isascii():
        return text.isprintable()
    if any(unicodedata.category(each) in _UNSEEN for each in text):
        return False
    scripts = {unicodedata.name(each, "").partition(" ")[0] for each in text if each.isalpha()}
    return len(scripts & _ALIKE) < 2  # noqa: PLR2004 - two are a mixture
