"""Personal data by access level: shapes, and that a higher level never sees less."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapport_chassis.security.masking import mask_email, mask_name, mask_phone


@pytest.mark.parametrize(
    ("phone", "seen"),
    [
        ("13812345678", ["***", "*******5678", "138****5678", "13812345678"]),
        ("+8613812345678", ["***", "+*********5678", "+86138****5678", "+8613812345678"]),
        ("+442079460958", ["***", "+********0958", "+44******0958", "+442079460958"]),
        ("010-12345678", ["***", "***-****5678", "010-****5678", "010-12345678"]),
        ("95588", ["***", "***", "***", "95588"]),
        ("110", ["***", "***", "***", "110"]),
        ("", ["***", "***", "***", ""]),
    ],
)
def test_phones(phone: str, seen: list[str]) -> None:
    assert [mask_phone(phone, level) for level in (1, 2, 3, 4)] == seen


@pytest.mark.parametrize(
    ("email", "seen"),
    [
        ("zhang@qq.com", ["***", "***@qq.com", "z***@qq.com", "zhang@qq.com"]),
        ("z@qq.com", ["***", "***@qq.com", "***@qq.com", "z@qq.com"]),
        ("no mail", ["***", "***", "***", "no mail"]),
        ("@qq.com", ["***", "***", "***", "@qq.com"]),
    ],
)
def test_emails(email: str, seen: list[str]) -> None:
    assert [mask_email(email, level) for level in (1, 2, 3, 4)] == seen


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("张小明", ["***", "张**", "张*明", "张小明"]),
        ("张明", ["***", "张*", "张*", "张明"]),
        ("欧阳小明", ["***", "欧阳**", "欧阳*明", "欧阳小明"]),
        ("欧阳", ["***", "欧*", "欧*", "欧阳"]),
        ("张", ["***", "*", "*", "张"]),
        ("John Ronald Smith", ["***", "J*** *** ***", "J*** R*** S***", "John Ronald Smith"]),
        (" ", ["***", "***", "***", " "]),
    ],
)
def test_names(name: str, seen: list[str]) -> None:
    assert [mask_name(name, level) for level in (1, 2, 3, 4)] == seen


@given(st.from_regex(re.compile(r"\+?[0-9]{1,15}", re.ASCII), fullmatch=True))
def test_three_digits_of_any_phone_stay_hidden_below_level_four(phone: str) -> None:
    seen = [sum(sign.isdigit() for sign in mask_phone(phone, level)) for level in (1, 2, 3, 4)]
    assert seen == sorted(seen)
    assert seen[2] <= max(0, seen[3] - 3)


@given(st.text(max_size=20), st.integers(min_value=1, max_value=3))
def test_no_text_is_shown_in_clear_below_level_four(text: str, level: int) -> None:
    for mask in (mask_phone, mask_email, mask_name):
        masked = mask(text, level)
        assert "*" in masked
        assert mask(text, 4) == text
