"""A guard over the OpenAPI document of any service: what a generator of clients or a reader stumbles over, one line each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

SCHEMA_NAME = re.compile(r"[A-Z][A-Za-z0-9]*")
OPERATION_ID = re.compile(r"[a-z][a-z0-9-]*\.[a-z][a-z0-9_]*")
KEYWORDS = {
    *("$ref", "title", "description", "default", "examples", "type", "enum", "const", "format", "anyOf", "oneOf", "allOf"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern"),
    *("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "properties", "required", "additionalProperties"),
    *("patternProperties", "propertyNames", "minProperties", "maxProperties", "discriminator", "contentMediaType"),
    "contentSchema",
}
"""The keywords of JSON Schema and OpenAPI that our documents may use; others mean nothing to a reader. `x-` is free."""
_OF_VALUES = ("default", "examples", "enum", "const", "discriminator")
_OF_NAMES = ("properties", "patternProperties")
Json = dict[str, Any]


def unclean(document: Json) -> list[str]:
    """Schemas and operations with names that say a module path or hold a blank, or that two share; references that lead
    nowhere; words in schemas that are no keywords; operations without a summary, a description or an answer for what is
    refused; problems that are written out where they are used. Operations that every service has need no description."""
    return [*_names(document), *_references(document), *_keywords(document), *_operations(document)]


def _names(document: Json) -> Iterator[str]:
    yield from (f"schema {name}: no name" for name in document["components"]["schemas"] if not SCHEMA_NAME.fullmatch(name))
    ids = [operation["operationId"] for _, operation in _every(document)]
    yield from (f"operation {name}: no name" for name in ids if not OPERATION_ID.fullmatch(name))
    yield from (f"operation {name}: there are {many}" for name, many in Counter(ids).items() if many > 1)


def _references(document: Json) -> Iterator[str]:
    for node in _nodes(document):
        if "$ref" in node:
            target: Any = document
            for part in str(node["$ref"]).removeprefix("#/").split("/"):
                target = target.get(part, {}) if isinstance(target, Mapping) else {}
            if not target:
                yield f"{node['$ref']}: leads nowhere"


def _keywords(document: Json) -> Iterator[str]:
    roots = list(document["components"]["schemas"].items())
    for name, operation in _every(document):
        held = [*operation.get("parameters", ()), *_contents(operation.get("requestBody", {}))]
        held += [content for answer in operation["responses"].values() for content in _contents(answer)]
        roots += [(name, each["schema"]) for each in held if "schema" in each]
    found = {f"{name}: {word} is no keyword" for name, root in roots for word in _words(root) - KEYWORDS}
    yield from sorted(line for line in found if ": x-" not in line)


def _words(schema: Any) -> set[str]:
    """The keywords of a schema and of all inside it; names of properties and values are none."""
    if isinstance(schema, list):
        return {word for each in schema for word in _words(each)}
    if not isinstance(schema, Mapping):
        return set()
    found = set(schema)
    for word, inner in schema.items():
        if word in _OF_NAMES:
            found |= {each for field in inner.values() for each in _words(field)}
        elif word not in _OF_VALUES and not word.startswith("x-"):
            found |= _words(inner)
    return found


def _operations(document: Json) -> Iterator[str]:
    for name, operation in _every(document):
        if not operation.get("summary"):
            yield f"{name}: no summary"
        if not operation.get("description") and operation["tags"] != ["operation"]:
            yield f"{name}: no description"
        if not any(status.startswith("4") for status in operation["responses"]) and operation["security"]:
            yield f"{name}: no answer for what is refused"
        contents = [content for answer in operation["responses"].values() for content in _contents(answer)]
        if any("value" in each for content in contents for each in content.get("examples", {}).values()):
            yield f"{name}: a problem is written out"


def _every(document: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def _contents(part: Json) -> list[Json]:
    return list(part.get("content", {}).values())


def _nodes(part: Any) -> Iterator[Json]:
    if isinstance(part, dict):
        yield part
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for each in inner:
        yield from _nodes(each)
