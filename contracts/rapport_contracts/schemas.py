"""JSON Schemas of the events: made from the payload classes, committed beside them, never deleted."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from rapport_contracts.dictionary import described
from rapport_contracts.envelope import SCHEMA_BASE
from rapport_contracts.event import Event
from rapport_contracts.topics import TOPICS
from rapport_contracts.vocabulary import VOCABULARY

HERE = Path(__file__).parent
SCHEMAS = HERE / "schemas"
EXAMPLES = HERE / "examples"
READERS = HERE / "readers.json"
"""Who reads each type: made from what services declare (`make drawing`)."""
RELEASED = HERE / "released"
"""A file a release: the schemas of all types as that release wrote them, without words. Never changed, never deleted."""
WORDS = frozenset(
    {
        *("$schema", "$id", "default", "description", "examples", "title"),
        *("x-published", "x-often", "x-state", "x-undone-by", "x-readers"),
    }
)

Schema = dict[str, Any]


def schema_of(event: type[Event]) -> Schema:
    """The JSON Schema (2020-12) that a reader holds a value against: open for unknown fields.

    A writer always writes every property; `compatibility` takes that into account.
    """
    topic = TOPICS[event.topic]
    schema = plain(event.model_json_schema(mode="validation"))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{SCHEMA_BASE}{event.event_type}.json",
        "x-topic": topic.name,
        "x-owner": topic.owner,
        "x-visibility": topic.visibility,
        "x-key": event.key_field,
        "x-time": event.time_field,
        **_published(event),
        **described(schema, topic.owner, event.__name__),
        "description": meaning(event),
    }


def _published(event: type[Event]) -> Schema:
    told = event.publication
    more: Schema = {} if told.state is None else {"x-state": told.state}
    if told.undone_by:
        more["x-undone-by"] = list(told.undone_by)
    return {"x-published": told.when, "x-often": told.often, **more, "x-readers": readers_of(event.event_type)}


def readers_of(event_type: str) -> list[str]:
    """The parts of other services that read a type, `<service>.<subject>`, as `make drawing` found them. Analysts read all
    that is public."""
    return list(_readers().get(event_type, ()))


@cache
def _readers() -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads(READERS.read_text())
    return found


def plain(schema: Schema) -> Schema:
    """As generators read it best: properties without titles, of which they make a type each, without what only documents of
    APIs say, and what may be null as one
    type with null beside it (`"type": ["string", "null"]`), where most make anything at all of an `anyOf`."""
    for held in (schema, *schema.get("$defs", {}).values()):
        for name, inner in held.get("properties", {}).items():
            held["properties"][name] = _plain(inner)
    return schema


def _plain(schema: Schema) -> Schema:
    kept = {name: value for name, value in schema.items() if name not in {"title", "anyOf", VOCABULARY}}
    for name in ("items", "additionalProperties"):
        if isinstance(kept.get(name), dict):
            kept[name] = _plain(kept[name])
    branches = [_plain(each) for each in schema.get("anyOf", ())]
    match branches:
        case []:
            return kept
        case [{"type": str(kind), **more}, {"type": "null"}]:
            return {**more, "type": [kind, "null"], **kept}
        case _:
            return {"anyOf": branches, **kept}


def meaning(event: type[Event]) -> str:
    """The docstring of the class on one line."""
    return " ".join((event.__doc__ or "").split())


def committed(event_type: str) -> Schema | None:
    """The committed schema of a type, or None when there is none yet."""
    file = SCHEMAS / f"{event_type}.json"
    return json.loads(file.read_text()) if file.exists() else None


def committed_types() -> list[str]:
    """The types that have a committed schema."""
    return sorted(file.stem for file in SCHEMAS.glob("*.json"))


def released() -> dict[str, dict[str, Schema]]:
    """The schemas of each release, by version and type."""
    return {file.stem: json.loads(file.read_text()) for file in sorted(RELEASED.glob("*.json"))}


def bare(schema: Any) -> Any:
    """A schema without what compatibility does not depend on. Names of properties are no keywords."""
    if isinstance(schema, list):
        return [bare(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: {field: bare(inner) for field, inner in value.items()} if name in {"properties", "$defs"} else bare(value)
        for name, value in schema.items()
        if name not in WORDS
    }


def examples_of(event_type: str) -> list[dict[str, Any]]:
    """The committed examples of a type, in their order."""
    found: list[dict[str, Any]] = json.loads((EXAMPLES / f"{event_type}.json").read_text())
    return found


def dumps(document: object) -> str:
    """JSON as it is committed: indented, stable, with a final newline."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
