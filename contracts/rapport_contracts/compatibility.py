"""May this schema replace that one? Full compatibility, in both directions, or a new major version.

A schema is looked at from two sides. A *writer* writes every property it declares and none besides; a *reader* needs what
it requires and ignores what it does not know. Backward: the new reader accepts all that the old writer wrote. Forward:
the old reader accepts all that the new writer writes. Beyond both, nothing that a reader may use is taken away: an optional
field may come, none may go or change its name, and no object is closed. The log is kept for ever, so a schema is held
against that of every release (`released`), not only against the last: two steps that are harmless each may harm together.
(The closed-writer, open-reader comparison cures the strict rule of schema registries under which no optional field can
ever be added: confluentinc/schema-registry#2927, creekservice.org on JSON Schema evolution.)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

_BOUNDS = {"minimum": 1, "exclusiveMinimum": 1, "minLength": 1, "minItems": 1}
_BOUNDS |= {"maximum": -1, "exclusiveMaximum": -1, "maxLength": -1, "maxItems": -1}
_EQUAL = ("pattern", "format", "multipleOf", "uniqueItems")
_KNOWN = set(_BOUNDS) | set(_EQUAL)
_KNOWN |= {"$defs", "$id", "$ref", "$schema", "additionalProperties", "anyOf", "const", "default", "description", "enum"}
_KNOWN |= {"examples", "items", "properties", "required", "title", "type"}


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """What in `new` breaks a reader or a writer of `old`: one line each, empty when `new` is fully compatible."""
    found = [f"an old event would be refused: {text}" for text in _refusals(old, old, new, new, "$")]
    found += [f"an old reader would refuse: {text}" for text in _refusals(new, new, old, old, "$")]
    found += [f"readers would lose {text}" for text in _lost(old, old, new, new, "$")]
    for name in ("x-topic", "x-key", "x-visibility"):
        if old.get(name) != new.get(name):
            found.append(f"{name} changed")
    return found


def _refusals(writer: Schema, writer_root: Schema, reader: Schema, reader_root: Schema, path: str) -> Iterator[str]:
    """Each reason why the reader may refuse something that the writer may write."""
    writer, reader = _follow(writer, writer_root), _follow(reader, reader_root)
    for schema in (writer, reader):
        unknown = {key for key in schema if not key.startswith("x-")} - _KNOWN
        if unknown:
            yield f"{path}: this check does not know {', '.join(sorted(unknown))}"
            return
    if _alternatives(writer) != [writer] or _alternatives(reader) != [reader]:
        yield from _branch_refusals(writer, writer_root, reader, reader_root, path)
        return
    yield from _value_refusals(writer, reader, path)
    if "properties" in writer or "properties" in reader:
        yield from _property_refusals(writer, writer_root, reader, reader_root, path)
    for name in ("items", "additionalProperties"):
        if isinstance(reader.get(name), dict):
            inner = writer.get(name)
            if not isinstance(inner, dict):
                yield f"{path}: {name} became bound to a schema"
            else:
                yield from _refusals(inner, writer_root, reader[name], reader_root, f"{path}.{name}")


def _branch_refusals(writer: Schema, writer_root: Schema, reader: Schema, reader_root: Schema, path: str) -> Iterator[str]:
    others = _alternatives(reader)
    for number, branch in enumerate(_alternatives(writer), start=1):
        tries = [list(_refusals(branch, writer_root, other, reader_root, path)) for other in others]
        if all(tries):
            nearest: list[str] = min(tries, key=len)
            yield f"{path}: no alternative takes alternative {number} ({'; '.join(nearest)})"


def _alternatives(schema: Schema) -> list[Schema]:
    """Those of `anyOf`, or one for each type that is listed: bounds and formats of a text say nothing about null."""
    if "anyOf" in schema:
        found: list[Schema] = schema["anyOf"]
        return found
    kinds = schema.get("type")
    if not isinstance(kinds, list):
        return [schema]
    of_null = {name: schema[name] for name in ("const", "enum") if name in schema} | {"type": "null"}
    return [of_null if kind == "null" else {**schema, "type": kind} for kind in kinds]


def _value_refusals(writer: Schema, reader: Schema, path: str) -> Iterator[str]:
    """Type, listed values, bounds and formats of the value itself."""
    if "type" in reader and not _types(writer) <= _types(reader, widened=True):
        yield f"{path}: type {_names(writer)} is not {_names(reader)}"
    allowed = _listed(reader)
    if allowed is not None:
        written = _listed(writer)
        if written is None:
            yield f"{path}: the list of values became closed"
        elif not written <= allowed:
            yield f"{path}: values outside the list: {', '.join(sorted(written - allowed))}"
    for name, sign in _BOUNDS.items():
        if name in reader and (name not in writer or sign * writer[name] < sign * reader[name]):
            yield f"{path}: {name} is tighter"
    for name in _EQUAL:
        if name in reader and writer.get(name) != reader[name]:
            yield f"{path}: {name} differs"


def _property_refusals(writer: Schema, writer_root: Schema, reader: Schema, reader_root: Schema, path: str) -> Iterator[str]:
    written, read = writer.get("properties", {}), reader.get("properties", {})
    for name in reader.get("required", []):
        if name not in written:
            yield f"{path}.{name}: is needed and not written"
    for name in sorted(read.keys() & written.keys()):
        yield from _refusals(written[name], writer_root, read[name], reader_root, f"{path}.{name}")
    if reader.get("additionalProperties") is False and writer.get("additionalProperties") is not False:
        yield f"{path}: is closed, what it does not know would be refused"


def _lost(old: Schema, old_root: Schema, new: Schema, new_root: Schema, path: str) -> Iterator[str]:
    """Each property of `old` that `new` does not have: one that is not required is used all the same."""
    olds, news = _objects(old, old_root), _objects(new, new_root)
    there = {name: (schema, root) for schema, root in news for name, schema in schema.get("properties", {}).items()}
    for held, root in olds:
        for name, schema in held.get("properties", {}).items():
            if name not in there:
                yield f"{path}.{name}"
            else:
                yield from _lost(schema, root, *there[name], f"{path}.{name}")


def _objects(schema: Schema, root: Schema) -> list[tuple[Schema, Schema]]:
    """The objects that a value of this schema is, or holds in a list or a map, each with its root; those of one field are
    looked at together."""
    schema = _follow(schema, root)
    inner = [*schema.get("anyOf", []), *(each for name in ("items", "additionalProperties") if (each := schema.get(name)))]
    found = [pair for each in inner if isinstance(each, dict) for pair in _objects(each, root)]
    return [*([(schema, root)] if "properties" in schema else []), *found]


def _follow(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def _types(schema: Schema, *, widened: bool = False) -> set[str]:
    found = schema.get("type", [])
    types = {found} if isinstance(found, str) else set(found)
    return types | {"integer"} if widened and "number" in types else types


def _names(schema: Schema) -> str:
    return "/".join(sorted(_types(schema))) or "any"


def _listed(schema: Schema) -> set[str] | None:
    if "const" in schema:
        return {repr(schema["const"])}
    return {repr(value) for value in schema["enum"]} if "enum" in schema else None
