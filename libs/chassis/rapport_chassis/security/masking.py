"""How names, phone numbers, addresses and member numbers are masked by access level (S113): each level sees what the one
below sees, and more. Which kind of data is masked for whom says `kinds`.

| level | phone       | email         | name   |
|-------|-------------|---------------|--------|
| 1     | ***         | ***           | ***    |
| 2     | *******5678 | ***@qq.com    | 张**   |
| 3     | 138****5678 | z***@qq.com   | 张*明  |
| 4     | 13812345678 | zhang@qq.com  | 张小明 |
"""

from __future__ import annotations

import re

from rapport_chassis.security.scopes import Level

HIDDEN = "***"
_SHOWN_END = 4
_FEWEST_HIDDEN = 3
_LONG_ENOUGH = 8
"""Signs of a member number from which on four of them tell nothing of the rest."""
_CJK = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
_LONG_SURNAMES = (
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠公孙慕容"
    "仲孙钟离长孙宇文司徒鲜于司空闾丘令狐百里呼延东郭西门南门"
)
_TWO_SIGN_SURNAMES = frozenset(_LONG_SURNAMES[place : place + 2] for place in range(0, len(_LONG_SURNAMES), 2))


def mask_phone(phone: str, level: int) -> str:
    """A phone number as `level` may see it: Chinese numbers of 11 digits, E.164 (`+44...`), short and foreign ones."""
    if level >= Level.CLEAR:
        return phone
    digits = [place for place, sign in enumerate(phone) if sign.isdigit()]
    if level <= Level.MASKED or len(digits) < _SHOWN_END + _FEWEST_HIDDEN:
        return HIDDEN
    end = set(digits[-_SHOWN_END:])
    start: set[int] = set()
    if level >= Level.PARTIAL:
        most = len(digits) - _SHOWN_END - _FEWEST_HIDDEN
        start = set(digits[: min(_shown_at_start(phone), most)])
    keep = end | start
    return "".join(sign if place in keep or not sign.isdigit() else "*" for place, sign in enumerate(phone))


def _shown_at_start(phone: str) -> int:
    """How many digits say where a number is from: country code with the operator's prefix, or the prefix alone."""
    if phone.startswith("+86"):
        return 5
    return 3 if not phone.startswith("+") else 2


def mask_email(email: str, level: int) -> str:
    """An e-mail address as `level` may see it."""
    if level >= Level.CLEAR:
        return email
    local, at, domain = email.rpartition("@")
    if level <= Level.MASKED or not at or not local:
        return HIDDEN
    return f"{local[0] if level >= Level.PARTIAL and len(local) > 1 else ''}***@{domain}"


def mask_number(number: str, level: int) -> str:
    """A member number or the id at another system: its last four signs from level 2 on."""
    if level >= Level.CLEAR:
        return number
    if level <= Level.MASKED or len(number) < _LONG_ENOUGH:
        return HIDDEN
    return "*" * (len(number) - _SHOWN_END) + number[-_SHOWN_END:]


def mask_name(name: str, level: int) -> str:
    """A person's name as `level` may see it. Chinese: the surname, at level 3 also the last sign; others: initials."""
    if level >= Level.CLEAR:
        return name
    if level <= Level.MASKED or not name.strip():
        return HIDDEN
    if _CJK.match(name):
        return _mask_chinese(name, level)
    words = name.split()
    shown = words if level >= Level.PARTIAL else words[:1]
    return " ".join(f"{word[0]}***" if word in shown else "***" for word in words)


def _mask_chinese(name: str, level: int) -> str:
    surname = 2 if name[:2] in _TWO_SIGN_SURNAMES and len(name) > 2 else 1  # noqa: PLR2004 - the two signs of the table
    given = len(name) - surname
    if given <= 0:
        return "*"
    if level >= Level.PARTIAL and given > 1:
        return name[:surname] + "*" * (given - 1) + name[-1]
    return name[:surname] + "*" * given
