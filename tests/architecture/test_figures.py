"""Figures are made in one place, their definitions are served, and documents quote them; each guard is fed a bad case."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

import pytest
from rapport_cli.services import SERVICES, build, described
from rapport_contracts.figures import definitions
from rapport_testing.guards import ROOT, tracked
from rapport_testing.web import client_of

NOWHERE = {"database_url": "postgresql://nobody@127.0.0.1/none", "kafka": "127.0.0.1:1"}
DOCUMENTS = [ROOT / "docs/analyst.md", ROOT / "services/interactions/README.md", ROOT / "services/satisfaction/README.md"]
ROW = re.compile(r"^\| `(?!rapport\.)([a-z]+\.[a-z0-9-]+)` \| (.*) \|$", re.MULTILINE)


def made_by_hand(source: str) -> list[int]:
    """The lines in which a `Figure` is made."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Figure"]


def test_no_service_makes_a_figure_by_itself() -> None:
    sources = [path for path in tracked("services/*.py") if "/tests/" not in path.as_posix()]
    assert len(sources) > 100
    assert {path: lines for path in sources if (lines := made_by_hand(path.read_text()))} == {}


def test_a_figure_that_is_made_by_hand_is_seen() -> None:
    assert made_by_hand("x: Figure\ny = share(A, 1, 2, now)\nz = Figure(value=1)\n") == [3]


def misquoted(text: str) -> list[str]:
    """Definitions that a document quotes in other words than their own."""
    known = definitions()
    return [key for key, words in ROW.findall(text) if key not in known or known[key].words != words]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.parent.name)
def test_documents_quote_the_definitions(path: Path) -> None:
    text = path.read_text()
    assert len(ROW.findall(text)) >= 4
    assert misquoted(text) == []


def test_a_definition_in_other_words_is_seen() -> None:
    words = definitions()["satisfaction.nps"].words
    rows = ["| `satisfaction.nps` | Something else. |", "| `satisfaction.joy` | Joy. |", f"| `satisfaction.nps` | {words} |"]
    assert misquoted("\n".join(rows)) == ["satisfaction.nps", "satisfaction.joy"]


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_serves_its_definitions_to_anybody(name: str) -> None:
    async with client_of(build(name, **NOWHERE).asgi) as client:
        page = await client.get(f"/{name}/figures")
        assert page.headers["content-type"].startswith("text/html") and "<script" not in page.text
        assert all(f"<code>{key}</code>" in page.text for key in definitions(name))
        assert all(escape(each.words) in page.text for each in definitions(name).values())
        data = await client.get(f"/{name}/figures.json")
        assert data.json() == {"definitions": [asdict(each) for each in definitions(name).values()]}


PERIOD = {"from", "to", "period", "tz"}


def unlike(document: Mapping[str, Any]) -> list[str]:
    """Operations whose period is asked for, or told, in another way than that of all others."""
    found = []
    for path, methods in document["paths"].items():
        parameters = {each["name"] for each in methods.get("get", {}).get("parameters", []) if each["in"] == "query"}
        if parameters & {"from", "to"} and not parameters >= PERIOD:
            found.append(path)
    for name, schema in document["components"]["schemas"].items():
        properties = set(schema.get("properties", {}))
        if "definition_version" in properties or properties & {"since", "until", "tz"} == {"since", "until"}:
            found.append(name)
    return found


@pytest.mark.parametrize("service", described(), ids=lambda service: service.name)
def test_periods_are_asked_for_and_told_alike(service: Any) -> None:
    assert unlike(service.asgi.openapi) == []


def test_another_way_is_seen() -> None:
    half = {"parameters": [{"name": "from", "in": "query"}, {"name": "to", "in": "query"}]}
    schemas = {"Old": {"properties": {"definition_version": {}}}, "Half": {"properties": {"since": {}, "until": {}}}}
    document = {"paths": {"/stats": {"get": half}, "/x": {"post": {}}}, "components": {"schemas": schemas}}
    assert unlike(document) == ["/stats", "Old", "Half"]
