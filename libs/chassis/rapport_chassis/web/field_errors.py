"""What pydantic found, in words of ours: where, a stable code, the values in its sentence; never what was sent."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from rapport_contracts.fields import WrongValue
from rapport_kernel.errors import FieldError, Invalid, Param

from rapport_chassis.problems import register

MOST_FIELDS = 20
UNKNOWN = "value-error"
"""The code of whatever has none of its own: its text might hold what was sent."""
_UNSAID = {"string-pattern-mismatch": ("pattern",)}
"""Values of ours that help a program and no reader."""
_NAMED = re.compile("'([^']*)'")
_LISTED = {"expected", "expected_tags"}
Loc = Sequence[int | str]


def invalid(error: ValidationError, code: str, known: Collection[str], body: TypeAdapter[Any] | None = None) -> Invalid:
    """What pydantic found: `known` are the field names that may be shown; `body` tells which fields there are where an
    unknown one came."""
    found: dict[tuple[str, str], FieldError] = {}
    for one in error.errors(include_url=False, include_input=False):
        each = _unknown_field(one, known, body) if one["type"] == "extra_forbidden" else _wrong_field(one, known)
        found.setdefault((each.path, each.code), each)
        if len(found) == MOST_FIELDS:
            break
    return Invalid(code, fields=[*found.values()])


def _wrong_field(one: ErrorDetails, known: Collection[str]) -> FieldError:
    path, context = _path(one["loc"], known), one.get("ctx", {})
    wrong = context.get("error")
    if isinstance(wrong, WrongValue):
        return FieldError(path, wrong.code, params=wrong.params)
    code = one["type"].replace("_", "-")
    entry = register().get(code)
    if entry is None:
        return FieldError(path, UNKNOWN)
    names = (*entry.params, *_UNSAID.get(code, ()))
    return FieldError(path, code, params={name: _param(name, context[name]) for name in names if name in context})


def _unknown_field(one: ErrorDetails, known: Collection[str], body: TypeAdapter[Any] | None) -> FieldError:
    where = one["loc"][:-1]
    fields = [] if body is None else fields_at(body, where)
    return FieldError(_path(where, known), "extra-forbidden", params={"known": fields or sorted(known)})


def _path(steps: Loc, known: Collection[str]) -> str:
    return ".".join(str(step) if isinstance(step, int) or step in known else "*" for step in steps)


def _param(name: str, value: Any) -> Param:
    if name in _LISTED:
        return _NAMED.findall(value) or re.split(", | or ", value)
    if name == "discriminator":
        return str(value).strip("'")
    return value if isinstance(value, int | float) else str(value)


def fields_at(body: TypeAdapter[Any], where: Loc) -> list[str]:
    """The names of the fields that a body has at a place inside of it, in their order."""
    schema = _schema(body)
    nodes = list(_alternatives(schema, schema))
    for step in where:
        nodes = [inner for node in nodes for inner in _step(schema, node, step)] or nodes
    return list(dict.fromkeys(name for node in nodes for name in node.get("properties", ())))


@lru_cache(maxsize=256)
def _schema(body: TypeAdapter[Any]) -> dict[str, Any]:
    return body.json_schema()


def _step(schema: Mapping[str, Any], node: Mapping[str, Any], step: int | str) -> Iterator[Mapping[str, Any]]:
    """Into a list, a field, a value of a map; a tag or the name of a class chooses among alternatives."""
    inner = node.get("items") if isinstance(step, int) else node.get("properties", {}).get(step)
    if inner is None and isinstance(node.get("additionalProperties"), dict):
        inner = node["additionalProperties"]
    if inner is not None:
        yield from _alternatives(schema, inner)
    elif step == node.get("title") or any(each.get("const") == step for each in node.get("properties", {}).values()):
        yield node


def _alternatives(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "$ref" in node:
        yield from _alternatives(schema, schema["$defs"][node["$ref"].rsplit("/", 1)[1]])
        return
    choices = [*node.get("anyOf", ()), *node.get("oneOf", ()), *node.get("allOf", ())]
    if not choices:
        yield node
    for choice in choices:
        yield from _alternatives(schema, choice)
