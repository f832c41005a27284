"""Spectral and redocly say nothing of the documents, and are fed broken ones.

They read the documents of the services; the joined one and the one for front ends are made of the same operations and
schemas by `rapport_contracts.openapi`. What is their own, names and references, is looked at in
`tests/architecture/test_documents.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rapport_contracts.openapi import OPENAPI
from rapport_testing.node import need_node

from .documents import SERVICES
from .tools import HERE, run

pytestmark = pytest.mark.timeout(300)
LINTERS = {
    "spectral": ["spectral", "lint", "--ruleset", "spectral.yaml", "--fail-severity", "warn", "--quiet"],
    "redocly": ["redocly", "lint", "--extends", "recommended", "--format", "stylish"],
}


@pytest.fixture(scope="module", autouse=True)
def _node() -> None:
    need_node("linters of OpenAPI documents", HERE)


def lint(linter: str, *documents: Path) -> str:
    """What the linter says, if it does not agree."""
    program, *arguments = LINTERS[linter]
    told = run(HERE / "node_modules/.bin" / program, *arguments, *documents)
    return "" if told.returncode == 0 else told.stdout + told.stderr


@pytest.mark.parametrize("linter", LINTERS)
def test_a_linter_says_nothing(linter: str) -> None:
    assert lint(linter, *(OPENAPI / f"{service}.json" for service in SERVICES)) == ""


def twice(document: dict[str, Any]) -> None:
    first, second = list(document["paths"].values())[:2]
    next(iter(second.values()))["operationId"] = next(iter(first.values()))["operationId"]


def without_schema(document: dict[str, Any]) -> None:
    document["components"]["schemas"].pop("Problem")


@pytest.mark.parametrize(
    ("linter", "spoil", "says"),
    [
        ("spectral", twice, "operation-operationId-unique"),
        ("spectral", without_schema, "invalid-ref"),
        ("redocly", twice, "operation-operationId-unique"),
        ("redocly", without_schema, "no-unresolved-refs"),
    ],
)
def test_a_broken_document_is_found(linter: str, spoil: Callable[[dict[str, Any]], None], says: str, tmp_path: Path) -> None:
    document: dict[str, Any] = json.loads((OPENAPI / "interactions.json").read_text())
    spoil(document)
    (tmp_path / "broken.json").write_text(json.dumps(document))
    assert says in lint(linter, tmp_path / "broken.json")
