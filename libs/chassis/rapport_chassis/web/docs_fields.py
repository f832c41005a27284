"""How schemas are shown on `/docs`: fields with type, whether they are needed, and the values that are known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from rapport_chassis.web.values import OPEN

Schema = Mapping[str, Any]
_CODE = re.compile("`([^`]+)`")
_RANGES = (("minimum", "maximum", ""), ("minLength", "maxLength", " characters"), ("minItems", "maxItems", " items"))
_DEEPEST = 4


def words(text: str) -> str:
    """Text as HTML, with its `code` set as code."""
    return _CODE.sub(r"<code>\1</code>", escape(text))


def kind(schema: Schema) -> str:
    """The type in short, as HTML: `text (uuid)`, `list of Handling`, `number or null`. A schema with a name is a link."""
    if "$ref" in schema:
        name = escape(_name(schema))
        return f'<a href="#schema-{name}">{name}</a>'
    branches = schema.get("anyOf") or schema.get("oneOf")
    if branches:
        return " or ".join(dict.fromkeys(kind(each) for each in branches))
    if schema.get("type") == "array":
        return f"list of {kind(schema.get('items', {}))}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"object of {kind(schema['additionalProperties'])}"
    form = f" ({escape(schema['format'])})" if "format" in schema else ""
    return f"{escape(str(schema.get('type', 'anything')))}{form}"


def values(schema: Schema) -> str:
    """The values that are known, and the bounds, as HTML."""
    told = []
    for each in _parts(schema):
        for name, sentence in (("enum", "One of"), (OPEN, "Known values")):
            if each.get(name):
                told.append(f"{sentence}: {', '.join(f'<code>{escape(str(value))}</code>' for value in each[name])}.")
        told += [
            _range(each.get(least), each.get(most), unit) for least, most, unit in _RANGES if {least, most} & each.keys()
        ]
        if "pattern" in each:
            told.append(f"Pattern <code>{escape(each['pattern'])}</code>.")
    return "".join(f"<div>{each}</div>" for each in dict.fromkeys(told))


def _range(least: Any, most: Any, unit: str) -> str:
    if least is None or most is None:
        return f"At {'most' if least is None else 'least'} {most if least is None else least}{unit}."
    return f"{least} to {most}{unit}."


def field(name: str, schema: Schema, where: str = "", *, needed: bool) -> str:
    """The line of a field: its name, its type, whether it is needed."""
    told = ", ".join(filter(None, [kind(schema), escape(where), "<b>required</b>" if needed else "optional"]))
    return f"<dt><code>{escape(name)}</code> <em>{told}</em></dt>"


def body(schema: Schema, known: Mapping[str, Schema], depth: int = 0) -> Iterator[str]:
    """The fields of a body, and of what is in them."""
    held = known[_name(schema)] if "$ref" in schema else schema
    if depth == 0:
        yield f"<p>{kind(schema)}</p>"
    if "properties" not in held or depth > _DEEPEST:
        return
    yield from _fields(held, known, depth)


def schemas(known: Mapping[str, Schema]) -> Iterator[str]:
    """Every schema under an anchor of its own."""
    yield '<section><h2 id="schemas">Schemas</h2>'
    for name, schema in known.items():
        shown = escape(name)
        yield f'<details><summary>{shown}</summary><div id="schema-{shown}">'
        yield f"<p>{words(schema.get('description', ''))}</p>{values(schema)}"
        if "properties" in schema:
            yield from _fields(schema, known, _DEEPEST)
        yield "</div></details>"
    yield "</section>"


def _fields(schema: Schema, known: Mapping[str, Schema], depth: int) -> Iterator[str]:
    required = schema.get("required", ())
    yield "<dl>"
    for name, inner in schema["properties"].items():
        yield field(name, inner, needed=name in required)
        yield f"<dd>{words(inner.get('description', ''))}{values(_resolved(inner, known))}"
        for each in _inside(inner):
            yield from body(each, known, depth + 1)
        yield "</dd>"
    yield "</dl>"


def _inside(schema: Schema) -> list[Schema]:
    """The schemas with a name that a field holds: itself, one of several, or in a list."""
    if "$ref" in schema:
        return [schema]
    inner = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    inner += [schema["items"]] if isinstance(schema.get("items"), dict) else []
    return [found for each in inner for found in _inside(each)]


def _resolved(schema: Schema, known: Mapping[str, Schema]) -> Schema:
    """The schema with the lists of values that it refers to."""
    held = [known[_name(each)] for each in _inside(schema)]
    lists = [each for each in held if "enum" in each or OPEN in each]
    return {**schema, "anyOf": [*schema.get("anyOf", ()), *lists]} if lists else schema


def _parts(schema: Schema) -> Iterator[Schema]:
    yield schema
    for each in [*schema.get("anyOf", ()), *([schema["items"]] if isinstance(schema.get("items"), dict) else [])]:
        yield from _parts(each)


def _name(schema: Schema) -> str:
    return str(schema["$ref"]).rsplit("/", 1)[1]
