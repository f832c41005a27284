"""Guards of codes: no field for free text stands where a name or a number could go in clear to a topic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rapport_contracts.codes import CODE_PATTERN, REFERENCE_PATTERN, STAFF_PATTERN

STRICT = frozenset({CODE_PATTERN, REFERENCE_PATTERN, STAFF_PATTERN})
_CLOSED = frozenset({"enum", "const", "format", "x-pii", "x-sealed"})
_SAYS_SOMETHING = _CLOSED | {"pattern", "x-known-values", "x-vocabulary"}
_REQUESTS = ("application/json", "application/x-www-form-urlencoded")
Node = Mapping[str, Any]


def free_texts_of_bodies(document: Node) -> set[str]:
    """The fields of request bodies of an OpenAPI document that take any text, as `Schema.field`."""
    schemas = document["components"]["schemas"]
    found: set[str] = set()
    seen: set[str] = set()
    for path in document["paths"].values():
        for operation in path.values():
            content = operation.get("requestBody", {}).get("content", {}) if isinstance(operation, dict) else {}
            for kind in _REQUESTS:
                found.update(_open(content.get(kind, {}).get("schema", {}), "body", schemas, seen))
    return found


def free_texts_of_schema(schema: Node) -> set[str]:
    """The fields of a JSON Schema, such as that of what is handed over on a topic, that take any text."""
    return set(_open(schema, schema.get("title", ""), schema.get("$defs", {}), set()))


def free_texts_of_event(schema: Node) -> set[str]:
    """The fields of the schema of an event that say nothing of what stands in them: neither a form nor a list of values.
    Older facts have laxer codes, so the form is that of `fields.Code`."""
    return set(_open(schema, schema.get("title", ""), schema.get("$defs", {}), set(), _SAYS_SOMETHING))


def _open(node: Node, place: str, schemas: Node, seen: set[str], closed: frozenset[str] = _CLOSED) -> Iterator[str]:
    if "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[1]
        if name not in seen:
            seen.add(name)
            yield from _open(schemas[name], name.partition("_")[0], schemas, seen, closed)
        return
    if node.get("type") == "string" and closed.isdisjoint(node) and node.get("pattern") not in STRICT:
        yield place
    for choice in (*node.get("anyOf", ()), *node.get("oneOf", ()), *node.get("allOf", ())):
        marks = {key: node[key] for key in ("x-pii", "x-sealed") if key in node}
        yield from _open({**choice, **marks}, place, schemas, seen, closed)
    if isinstance(node.get("items"), dict):
        yield from _open(node["items"], place, schemas, seen, closed)
    inner = [node.get("additionalProperties"), *node.get("patternProperties", {}).values()]
    for each in inner:
        if isinstance(each, dict):
            yield from _open(each, place, schemas, seen, closed)
    if isinstance(node.get("propertyNames"), dict) and STRICT.isdisjoint(node.get("patternProperties", ())):
        yield from _open({"type": "string", **node["propertyNames"]}, f"{place}.keys", schemas, seen, closed)
    for name, each in node.get("properties", {}).items():
        yield from _open(each, f"{place.partition('.')[0]}.{name}", schemas, seen, closed)
