"""What can be held, and what cannot be taken for something else."""

from __future__ import annotations

import pytest
from rapport_kernel.plain_text import is_clean, is_unambiguous


@pytest.mark.parametrize("text", ["a\x00b", "\x1b[2J", "a\u0085b", "\ud800", "\uffff"])
def test_what_a_database_or_a_terminal_cannot_hold_is_found(text: str) -> None:
    assert not is_clean(text)


def test_ordinary_text_is_clean() -> None:
    assert is_clean("two lines\n\tand 投诉 😀")


@pytest.mark.parametrize("text", ["", "MN-7803415", "会员 7803415", "МН7803415", "αβγ-1", "Ünïcode 1", "٣٤٥"])
def test_what_reads_as_it_is_written_is_an_id(text: str) -> None:
    assert is_unambiguous(text)


@pytest.mark.parametrize(
    "text",
    [
        *("MN7803415\u200b", "MN\u202e5143087", "МN7803415", "unknоwn", "agent\u00ad-55", "a\x7f", "\ue000", "a\u2028b"),
        *("а@example.com", "\U000e0041bc", "a\tb", "Αgent"),
    ],
)
def test_what_reads_as_another_one_is_not(text: str) -> None:
    assert not is_unambiguous(text)
