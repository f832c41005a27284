"""Waiting from outside an event loop."""

from __future__ import annotations

from itertools import count

import pytest
from rapport_testing.waiting import wait_for


def test_the_first_value_that_is_there_comes_back() -> None:
    seen = count()
    assert wait_for(lambda: next(seen) // 3, every=0.001) == 1
    assert next(seen) == 4


def test_what_is_asserted_may_become_true() -> None:
    seen = count()

    def third() -> str:
        assert next(seen) == 2
        return "now"

    assert wait_for(third, every=0.001) == "now"


def test_in_vain_it_says_what_was_seen_last_and_asks_once_at_least() -> None:
    with pytest.raises(AssertionError, match=r"not within 0 s; last seen: \[\]"):
        wait_for(list, within=0)
    with pytest.raises(AssertionError, match="last seen: AssertionError"):
        wait_for(_no, within=0)


def _no() -> bool:
    raise AssertionError
