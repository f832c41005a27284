"""Words and patterns that must not come back: code, documents, and everything that the product shows."""

from __future__ import annotations

import pytest
from rapport_testing.english import unplain, unplain_files
from rapport_testing.guards import ROOT, tracked

ABOUT_ITSELF = {ROOT / "libs/testing/rapport_testing/english.py"}


def test_the_house_is_written_in_plain_english() -> None:
    files = tracked("contracts/*.py", "libs/*.py", "services/*.py", "docs/*.md", "services/*.md", "*.md", "*.sql")
    ours = [file for file in files if "tests" not in file.parts and file not in ABOUT_ITSELF]
    assert len(ours) > 400
    assert unplain_files(ours, ROOT) == []


@pytest.mark.parametrize(
    "line",
    [
        "Tell the customer that his complaint has arrived.",
        'def column() -> None:\n    """The columns."""',
        "kept = take_up(work)",
        "async def assess(work: Work, said: Assessment) -> None:",
        "complaint.assess(act, said.severity)",
        "Somebody as he is from a time on.",
        "timers = {LOOK: look_at_clocks}",
    ],
)
def test_what_must_not_come_back_is_found(line: str) -> None:
    assert unplain("x.py", line) != []


def test_plain_english_is_left_alone() -> None:
    assert (
        unplain("x.md", "The customer answers: what they said. Their complaint is closed. This theme is the hero's.") == []
    )
