"""What the documents say about refusals: which codes an operation may answer with, and what it takes.

Two kinds of codes are left to other tests: those of scope and level (`test_access_matrix.py`), and those of a thing that is
in the wrong state (409), beside the few that are about who exactly acts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from .operations import NOBODY, Operation, operations_of

OF_RIGHTS = frozenset({"scope-missing", "level-too-low"})
OF_OBJECTS = frozenset({"403", "404", "410"})
OF_PERSONS = frozenset({"conflict-of-interest", "approver-involved", "not-yours"})
"""Conflicts (409) that depend on who acts: somebody else may, on the same thing."""


class Pair(NamedTuple):
    """An operation, a code that its document names, and with which status."""

    operation: Operation
    code: str
    status: int


@dataclass(frozen=True, slots=True)
class Answered:
    """Status, code of the problem (None: none) and bytes of an answer."""

    status: int
    code: str | None
    body: bytes

    def same_as(self, other: Answered) -> bool:
        """Whether nobody can tell them apart, but by the id of their trace."""
        return (self.status, _TRACE.sub(b"", self.body)) == (other.status, _TRACE.sub(b"", other.body))


_TRACE = re.compile(rb'"trace_id":"[0-9a-f]*"')


def answered(status: int, kind: str, body: bytes) -> Answered:
    """An answer as it came; `kind` is its media type."""
    code = json.loads(body)["code"] if kind.startswith("application/problem+json") else None
    return Answered(status, code, body)


def pairs_of(documents: Iterable[Mapping[str, Any]]) -> list[Pair]:
    """Every operation with every code that is about an object, or about who exactly calls."""
    return [
        Pair(operation, code, int(status))
        for document in documents
        for operation in operations_of(document)
        for status, code in codes_of(document, operation)
        if (status in OF_OBJECTS and code not in OF_RIGHTS) or code in OF_PERSONS
    ]


def codes_of(document: Mapping[str, Any], operation: Operation) -> Iterator[tuple[str, str]]:
    """Status and code of each problem that the document names for it."""
    for status, says in operation.says["responses"].items():
        content = resolved(document, says).get("content", {}).get("application/problem+json", {})
        yield from ((status, code) for code in content.get("examples", ()))


def body_of(document: Mapping[str, Any], operation: Operation) -> Any:
    """A body that the operation takes, by its document: the first example, or what is required and no more; None where it
    takes none."""
    content = operation.says.get("requestBody", {}).get("content", {})
    return _sample(document, content["application/json"]["schema"]) if "application/json" in content else None


def _sample(document: Mapping[str, Any], part: Mapping[str, Any]) -> Any:
    schema = resolved(document, part)
    if schema.get("examples"):
        return schema["examples"][0]
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if "anyOf" in schema or "oneOf" in schema:
        return _sample(document, (schema.get("anyOf") or schema["oneOf"])[0])
    match schema.get("type"):
        case "object":
            return {name: _sample(document, schema["properties"][name]) for name in schema.get("required", ())}
        case "array":
            return [_sample(document, schema["items"])] * schema.get("minItems", 0)
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
    formats = {"uuid": str(NOBODY), "date-time": "2026-03-02T10:00:00Z"}
    return formats.get(schema.get("format", ""), "x" * max(1, schema.get("minLength", 1)))


def resolved(document: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part itself, or what it refers to."""
    while "$ref" in part:
        target: Any = document
        for step in part["$ref"].split("/")[1:]:
            target = target[step]
        part = target
    return part
