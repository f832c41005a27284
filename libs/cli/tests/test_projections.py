"""`rapport projections`: which are there, and what is refused before anything is done. The rest is in the journeys."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rapport_cli.commands.projections import app
from rapport_cli.problems import CommandError
from typer.testing import CliRunner


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Nothing runs here."""
    monkeypatch.setenv("RAPPORT_HOME", str(tmp_path))
    for name in ("RAPPORT_DATABASE_URL", "RAPPORT_KAFKA"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.fixture
def told(elsewhere: pytest.MonkeyPatch) -> None:
    """Where things would be; nothing answers there."""
    elsewhere.setenv("RAPPORT_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    elsewhere.setenv("RAPPORT_KAFKA", "127.0.0.1:9")


def refusal(*arguments: str) -> CommandError:
    done = CliRunner().invoke(app, arguments)
    assert isinstance(done.exception, CommandError), done.output
    assert done.output == ""
    return done.exception


def test_all_are_listed_with_their_tables_and_events() -> None:
    done = CliRunner().invoke(app, ["list", "--json"])
    found = {one["projection"]: one for one in json.loads(done.output)}
    assert found["complaints/scores"] == {
        "projection": "complaints/scores",
        "tables": ["scores"],
        "events": ["satisfaction.scored.v1"],
    }
    assert found["profiles/timeline"]["tables"] == ["timeline_entries", "timeline_links"]
    assert "profiles/timeline" in CliRunner().invoke(app, ["list"]).output


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("verb", ["check", "rebuild"])
@pytest.mark.parametrize(
    ("which", "says"),
    [
        ("timeline", "SERVICE/NAME"),
        ("profiles/", "SERVICE/NAME"),
        ("nobody/timeline", "SERVICE/NAME"),
        ("profiles/wages", "there are: timeline"),
        ("interactions/calls", "there are: none"),
    ],
)
def test_what_there_is_no_projection_of_is_refused_before_anything_is_done(verb: str, which: str, says: str) -> None:
    refused = refusal(verb, "complaints/scores", which)
    assert says in str(refused) and refused.exit_code == 2


@pytest.mark.usefixtures("elsewhere")
def test_where_nothing_runs_it_says_what_is_missing() -> None:
    refused = refusal("check", "complaints/scores")
    assert "RAPPORT_DATABASE_URL" in str(refused) and refused.exit_code == 2


@pytest.mark.usefixtures("told")
def test_a_database_that_does_not_answer_is_one_line() -> None:
    assert "do not answer" in str(refusal("check", "complaints/scores"))
