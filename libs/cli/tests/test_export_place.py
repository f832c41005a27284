"""How far an export has come: with which wishes a file goes on, and with which it does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rapport_cli.export import Place, resumed
from rapport_cli.export_sinks import Lines
from rapport_cli.problems import CommandError

ASKED: dict[str, Any] = {"topics": ["a", "b"], "since": None, "until": None, "format": "jsonl"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of a run that has read one of the topics."""
    made = tmp_path / "events.jsonl"
    made.write_text("{}\n")
    Place(ASKED, {"a/0": 7}, size=3, lines=1).keep(made)
    return made


def test_a_file_goes_on_where_the_last_run_ended(file: Path) -> None:
    assert resumed(file, Lines(file), ASKED) == Place(ASKED, {"a/0": 7}, 3, 1)


def test_a_topic_more_is_read_from_its_beginning_as_after_an_upgrade(file: Path) -> None:
    more = {**ASKED, "topics": ["a", "b", "c"]}
    assert resumed(file, Lines(file), more) == Place(more, {"a/0": 7}, 3, 1)


@pytest.mark.parametrize(
    "other",
    [{"topics": ["a"]}, {"topics": ["a", "c"]}, {"since": "2026-01-01"}, {"until": "2026-01-01"}, {"format": "parquet"}],
)
def test_a_file_of_other_wishes_is_refused(file: Path, other: dict[str, Any]) -> None:
    with pytest.raises(CommandError, match="other options"):
        resumed(file, Lines(file), {**ASKED, **other})
