"""Numbers and e-mail addresses inside words: what somebody said or wrote, without what identifies them to anybody else.

A number is seven digits or more, whatever stands between them, as long as it is no letter: `138 1234 5678`,
`(010) 88887777`, full-width and Chinese digits, an identity card with its `X`, a bank card in fours. Two things are kept,
since words about a case mean little without them: days from 2020 on (no day of birth of a customer) and the numbers of
complaints.
Every pattern takes time in proportion to the text: runs are possessive, and begin only where one begins.
"""

from __future__ import annotations

import re

HIDDEN = "***"
FEWEST = 7
"""Digits from which on a number may be a telephone number (a local one: E.164 has no fewer that are dialled in full)."""
_CHINESE = "〇零一二三四五六七八九幺壹贰貳叁參肆伍陆陸柒捌玖"
_SIGNS = (
    "\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u2080-\u2089\u2460-\u2473\u24ea\u24f5-\u24fe\u2776-\u2793\U0001f100-\U0001f10a"
)
"""Superscripts, subscripts, and digits in circles."""
_DIGIT = rf"[\d{_CHINESE}{_SIGNS}]"
_GAP = r"[\W_]{0,5}+"
"""What may stand between two digits: blanks, hyphens, brackets, punctuation, signs that are not seen; no letter."""
_DAY = (
    r"(?<!\d)20[2-9]\d[-/.年](?:1[0-2]|0?[1-9])[-/.月](?:3[01]|[12]\d|0?[1-9])(?!\d)日?"
    r"(?:[ T](?:2[0-3]|[01]?\d):[0-5]\d(?::[0-5]\d)?(?!\d))?"
)
_CASE = r"(?<![A-Za-z0-9])C20[2-9]\d-\d{6}(?![A-Za-z0-9])"
_NUMBERS = re.compile(rf"(?P<kept>{_DAY}|{_CASE})|{_DIGIT}(?:{_GAP}{_DIGIT}){{{FEWEST - 1},}}+[xXｘＸ]?")
_AT = "@＠﹫"
_LOCAL, _LABEL = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]", r"[A-Za-z0-9-]"  # RFC 5322, 3.2.3
_EMAIL = re.compile(
    rf"(?<!{_LOCAL}){_LOCAL}++(?:[{_AT}][A-Za-z0-9.-]++|\s{{0,2}}[{_AT}]\s{{0,2}}{_LABEL}++(?:\.{_LABEL}++)++)"
)
"""As it is written in ASCII, also with blanks around the sign."""
_EMAIL_OF_ANY_SCRIPT = re.compile(rf"(?<![\w.．+-])[\w.．+-]++[{_AT}][\w-]++(?:[.．。][\w-]++)++")
"""With a dot behind the sign: without one it calls somebody by name."""


def mask_inside(text: str) -> str:
    """The text with `***` for each number and e-mail address in it."""
    if any(sign in text for sign in _AT):
        text = _EMAIL_OF_ANY_SCRIPT.sub(HIDDEN, _EMAIL.sub(HIDDEN, text))
    return _NUMBERS.sub(lambda found: found["kept"] or HIDDEN, text)
