"""May this OpenAPI document replace that one? A client that was written for the old document must go on working.

Every operation is looked at in its two directions. What is sent to us: a *client* of the old document writes, the new server
reads; it may leave out what the old document did not require, and sends nothing that the old one did not know. What we
answer: the new server writes, the old client reads; it ignores fields that it does not know, keeps values of an open list
(`x-extensible-enum`) as they are, and counts on every field, header, status and code that it was told of.

Who is allowed to call is part of it: another scope or a higher level shuts a client out. So are ids of operations, which
are the names of functions in generated clients. Names of schemas are not: they are not on the wire.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Json = dict[str, Any]

_AT_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_AT_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_EQUAL = ("pattern", "format", "multipleOf", "uniqueItems", "contentMediaType")
_ANYTHING = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})


def breaking_changes(old: Json, new: Json) -> list[str]:
    """What a client of `old` would stumble over in `new`, one line each; empty when it goes on as it is."""
    found: list[str] = []
    for path, methods in old["paths"].items():
        for method, operation in methods.items():
            name = f"{method.upper()} {path}"
            other = new["paths"].get(path, {}).get(method)
            if other is None:
                found.append(f"{name}: is gone")
            else:
                found += [f"{name}: {text}" for text in _Operation(old, new).changes(operation, other)]
    return found


def gone_too_soon(old: Json, new: Json, today: date) -> list[str]:
    """Operations of `old` that a new major version may not leave out yet: those that were not deprecated, or that were to
    stay for longer (`x-sunset`)."""
    gone = {
        f"{method.upper()} {path}": operation
        for path, methods in old["paths"].items()
        for method, operation in methods.items()
        if method not in new["paths"].get(path, {})
    }
    return [
        f"{name}: is gone {'before its day, ' + each['x-sunset'] if each.get('deprecated') else 'and was not deprecated'}"
        for name, each in gone.items()
        if not each.get("deprecated") or date.fromisoformat(each["x-sunset"]) > today
    ]


def major(document: Json) -> int:
    """The major number of the version of a document."""
    return int(str(document["info"]["version"]).split(".", 1)[0])


@dataclass
class _Operation:
    """The comparison of one operation; `seen` are pairs of schemas that are being compared, for schemas that hold
    themselves."""

    old: Json
    new: Json
    seen: set[tuple[str, str, str]] = field(default_factory=set)

    def changes(self, old: Json, new: Json) -> Iterator[str]:
        """What has changed for a client."""
        if old.get("operationId") != new.get("operationId"):
            yield "another operation id"
        if new.get("security") and not old.get("security"):
            yield "asks for a login"
        if _scopes(new) - _scopes(old):
            yield f"asks for the scope {', '.join(sorted(_scopes(new) - _scopes(old)))}"
        if new.get("x-level", 0) > old.get("x-level", 0):
            yield "asks for a higher level"
        if "x-callers" in new and "x-callers" not in old:
            yield "asks for another kind of caller"
        yield from self._parameters(old, new)
        yield from self._body(old.get("requestBody"), new.get("requestBody"))
        for status, answer in old["responses"].items():
            if status not in new["responses"]:
                yield f"status {status} is gone"
            else:
                yield from self._answer(f"{status}", answer, new["responses"][status])

    def _parameters(self, old: Json, new: Json) -> Iterator[str]:
        before, after = _by_place(old), _by_place(new)
        for place, parameter in after.items():
            if parameter.get("required") and not before.get(place, {}).get("required"):
                yield f"the parameter {place[1]} is needed"
        for place, parameter in before.items():
            if place not in after:
                yield f"the parameter {place[1]} is gone"
            else:
                yield from self._sent(parameter["schema"], after[place]["schema"], place[1])

    def _body(self, old: Json | None, new: Json | None) -> Iterator[str]:
        if old is None and new is not None and new.get("required"):
            yield "a body is needed"
        if old is not None and new is not None:
            if new.get("required") and not old.get("required"):
                yield "a body is needed"
            for media_type, content in old["content"].items():
                if media_type not in new["content"]:
                    yield f"{media_type} is not read any more"
                else:
                    yield from self._sent(content.get("schema", {}), new["content"][media_type].get("schema", {}), "body")
        if old is not None and new is None:
            yield "the body is gone"

    def _answer(self, status: str, old: Json, new: Json) -> Iterator[str]:
        for name, header in old.get("headers", {}).items():
            yield from self._header(f"{status}: the header {name}", header, new.get("headers", {}).get(name))
        for media_type, content in old.get("content", {}).items():
            other = new.get("content", {}).get(media_type)
            if other is None:
                yield f"{status}: {media_type} is gone"
                continue
            gone = set(content.get("examples", ())) - set(other.get("examples", ())) if int(status) >= 400 else set()  # noqa: PLR2004
            yield from (f"{status}: the code {code} is gone" for code in sorted(gone))
            yield from self._shown(content.get("schema", {}), other.get("schema", {}), status)

    def _header(self, path: str, old: Json, new: Json | None) -> Iterator[str]:
        if new is None:
            yield f"{path} is gone"
            return
        old, new = _follow(old, self.old), _follow(new, self.new)
        if old.get("required") and not new.get("required"):
            yield f"{path} is not always there any more"
        yield from self._shown(old.get("schema", {}), new.get("schema", {}), path)

    def _sent(self, old: Json, new: Json, path: str) -> Iterator[str]:
        return self._refusals(old, self.old, new, self.new, path, "sent")

    def _shown(self, old: Json, new: Json, path: str) -> Iterator[str]:
        return self._refusals(new, self.new, old, self.old, path, "shown")

    def _refusals(self, writer: Json, writes: Json, reader: Json, reads: Json, path: str, way: str) -> Iterator[str]:
        """Why the reader may stumble over something that the writer may write."""
        key = (way, str(writer.get("$ref", id(writer))), str(reader.get("$ref", id(reader))))
        if key in self.seen:
            return
        self.seen.add(key)
        writer, reader = _follow(writer, writes), _follow(reader, reads)
        if _branches(writer) or _branches(reader):
            for each in _branches(writer) or [writer]:
                tries = [
                    list(self._refusals(each, writes, other, reads, path, way)) for other in _branches(reader) or [reader]
                ]
                if all(tries):
                    yield from min(tries, key=len)
        else:
            yield from _values(writer, reader, path)
            yield from self._fields(writer, writes, reader, reads, path, way)
            if isinstance(reader.get("items"), dict):
                yield from self._refusals(writer.get("items", {}), writes, reader["items"], reads, f"{path}.items", way)
        self.seen.discard(key)

    def _fields(self, writer: Json, writes: Json, reader: Json, reads: Json, path: str, way: str) -> Iterator[str]:
        written, read = writer.get("properties", {}), reader.get("properties", {})
        for name in sorted(set(reader.get("required", ())) - set(writer.get("required", ()))):
            yield f"{path}.{name}: {'is needed' if way == 'sent' else 'is not always there any more'}"
        others, given = reader.get("additionalProperties"), writer.get("additionalProperties")
        if way == "sent" and others is False:
            yield from (f"{path}.{name}: is not known any more" for name in written if name not in read)
            if isinstance(given, dict):
                yield f"{path}: takes no other fields any more"
        if isinstance(others, dict):  # a map: what the reader has no name for is read as this
            unnamed = {name: each for name, each in written.items() if name not in read}
            for name, each in {**unnamed, **({} if given is False or (given is None and unnamed) else {"*": given})}.items():
                inner = each if isinstance(each, dict) else {}
                yield from self._refusals(inner, writes, others, reads, f"{path}.{name}", way)
        if way == "shown":  # what is not always there is used all the same
            needed = set(reader.get("required", ()))
            yield from (f"{path}.{name}: is gone" for name in read if name not in written and name not in needed)
        for name in read.keys() & written.keys():
            yield from self._refusals(written[name], writes, read[name], reads, f"{path}.{name}", way)


def _values(writer: Json, reader: Json, path: str) -> Iterator[str]:
    """Type, listed values, bounds and formats of the value itself."""
    if lost := _types(writer) - _types(reader, widened=True):
        yield f"{path}: may be {', '.join(sorted(lost))} on one side only"
        return
    allowed, given = _listed(reader), _listed(writer)
    if allowed is not None and (given is None or not given <= allowed):
        yield f"{path}: values outside of the list"
    for names, sign in ((_AT_LEAST, 1), (_AT_MOST, -1)):
        for name in names:
            if name in reader and (name not in writer or sign * writer[name] < sign * reader[name]):
                yield f"{path}: {name} is tighter"
    yield from (f"{path}: another {name}" for name in _EQUAL if name in reader and writer.get(name) != reader[name])


def _branches(schema: Json) -> list[Json]:
    found: list[Json] = schema.get("anyOf") or schema.get("oneOf") or []
    return found


def _follow(schema: Json, document: Json) -> Json:
    """What the reference leads to, a schema or a header."""
    while "$ref" in schema:
        kind, name = str(schema["$ref"]).rsplit("/", 2)[1:]
        schema = document["components"][kind][name]
    return schema


def _types(schema: Json, *, widened: bool = False) -> frozenset[str]:
    kinds = schema.get("type")
    if kinds is None:
        return _ANYTHING if "const" not in schema and "enum" not in schema else frozenset()
    found = {kinds} if isinstance(kinds, str) else set(kinds)
    return frozenset(found | ({"integer"} if widened and "number" in found else set()))


def _listed(schema: Mapping[str, Any]) -> set[str] | None:
    if "const" in schema:
        return {repr(schema["const"])}
    return {repr(value) for value in schema["enum"]} if "enum" in schema else None


def _scopes(operation: Json) -> set[str]:
    return {scope for each in operation.get("security", ()) for scopes in each.values() for scope in scopes}


def _by_place(operation: Json) -> dict[tuple[str, str], Json]:
    return {(each["in"], each["name"]): each for each in operation.get("parameters", ())}
