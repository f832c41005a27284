"""What `rapport stats` prints: every figure of an answer, those of groups too; options are those of the APIs."""

from __future__ import annotations

import re
from typing import Any

import pytest
from rapport_cli.commands.stats import figures
from rapport_cli.main import app
from rapport_cli.services import build
from typer.testing import CliRunner

NOWHERE = {"database_url": "postgresql://nobody@127.0.0.1/none", "kafka": "127.0.0.1:1"}


def figure(value: float | None, verdict: str = "ok", **more: Any) -> dict[str, Any]:
    interval = None if value is None else {"low": 1.0, "high": 2.5, "level": 0.95, "method": "wald"}
    definition = {"key": "satisfaction.nps", "version": 1}
    return {
        "value": value,
        "verdict": verdict,
        "n": 12,
        "unit": "points",
        "definition": definition,
        "interval": interval,
        **more,
    }


def test_every_figure_has_its_line() -> None:
    groups = [figure(1234.5, key="a"), figure(None, "too_few", key=None)]
    answer = figure(None, "mixed", groups=groups, share=figure(0.0), tz="UTC", excluded={"blank": 1})
    assert list(figures(answer)) == [
        ("satisfaction.nps", "mixed", 12, "points", ""),
        ("groups a", "1,234.5", 12, "points", "1.00 to 2.50"),
        ("groups none", "too_few", 12, "points", ""),
        ("share", "0", 12, "points", "1.00 to 2.50"),
    ]


@pytest.mark.parametrize(
    ("command", "service", "path"),
    [
        ("calls", "interactions", "/interactions/v1/stats"),
        ("survey", "satisfaction", "/satisfaction/v1/scores"),
        ("complaints", "complaints", "/complaints/v1/stats"),
    ],
)
def test_options_and_words_are_those_of_the_api(command: str, service: str, path: str) -> None:
    """Each option is a parameter, and those of periods and groups are options of all three."""
    parameters = {each["name"] for each in build(service, **NOWHERE).asgi.openapi["paths"][path]["get"]["parameters"]}
    printed = CliRunner().invoke(app, ["stats", command, "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"}).stdout
    options = {name.replace("-", "_") for name in re.findall(r"--([a-z-]+)", printed)} - {"json", "help"}
    assert options <= parameters
    assert {"from", "to", "period", "tz", "group_by", "source"} <= options
