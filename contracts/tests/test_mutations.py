"""The changes that people make to a schema, and what the guard says to each: nothing that a reader uses is taken away."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsoncompat
import pytest
from rapport_contracts import __main__ as command
from rapport_contracts.compatibility import breaking_changes
from rapport_contracts.event import registry
from rapport_contracts.schemas import Schema, bare, dumps, released, schema_of

CODE = {"type": "string", "maxLength": 100, "pattern": "^[a-z]+$"}
BEFORE: Schema = {
    "x-topic": "rapport.interactions",
    "x-key": "interaction_id",
    "x-visibility": "public",
    "description": "A contact is over.",
    "type": "object",
    "$defs": {
        "Durations": {
            "type": "object",
            "properties": {"queue": {"type": "number", "default": 0}, "service": {"type": "number", "default": 0}},
        }
    },
    "properties": {
        "interaction_id": {"type": "string", "format": "uuid"},
        "channel": {"type": "string", "x-known-values": ["phone", "chat"]},
        "holds": {"type": "integer"},
        "share": {"type": "number"},
        "queue": CODE,
        "product": {"anyOf": [CODE, {"type": "null"}], "default": None},
        "durations": {"$ref": "#/$defs/Durations"},
        "agents": {"type": "array", "items": CODE},
        "segments": {"type": "array", "items": {"$ref": "#/$defs/Durations"}},
    },
    "required": ["interaction_id", "channel", "holds", "share", "queue", "durations", "agents", "segments"],
}
FIELDS, INNER = BEFORE["properties"], ("$defs", "Durations", "properties")
Change = Callable[[dict[str, Any]], object]


def at(schema: Schema, *path: str) -> dict[str, Any]:
    for name in path:
        schema = schema[name]
    return schema


def replaced(name: str, by: object) -> Change:
    return lambda s: s["properties"].update({name: by})


def renamed(path: tuple[str, ...], old: str, new: str) -> Change:
    return lambda s: at(s, *path).update({new: at(s, *path).pop(old)})


MUTATIONS: dict[str, tuple[Change, bool]] = {
    "nothing": (dict, True),
    "an optional field is added": (replaced("vendor", {"anyOf": [CODE, {"type": "null"}], "default": None}), True),
    "an optional field is added in an object": (lambda s: at(s, *INNER).update(bot={"type": "number", "default": 0}), True),
    "an optional field is removed": (lambda s: s["properties"].pop("product"), False),
    "an optional field of an object is removed": (lambda s: at(s, *INNER).pop("queue"), False),
    "all fields of an object are removed": (lambda s: at(s, *INNER).clear(), False),
    "an optional field is renamed": (renamed(("properties",), "product", "product_code"), False),
    "an optional field of an object is renamed": (renamed(INNER, "queue", "queued"), False),
    "a required field is added": (lambda s: (replaced("vendor", CODE)(s), s["required"].append("vendor")), False),
    "a required field is removed": (lambda s: (s["properties"].pop("holds"), s["required"].remove("holds")), False),
    "an optional field becomes required": (lambda s: s["required"].append("product"), True),
    "a required field becomes optional": (lambda s: s["required"].remove("holds"), True),
    "a known value is added": (lambda s: s["properties"]["channel"]["x-known-values"].append("store"), True),
    "a known value is removed": (lambda s: s["properties"]["channel"]["x-known-values"].remove("chat"), True),
    "an open list is closed": (lambda s: s["properties"]["channel"].update(enum=["phone", "chat"]), False),
    "a format is dropped": (replaced("interaction_id", {"type": "string"}), False),
    "a number becomes an integer": (replaced("share", {"type": "integer"}), False),
    "an integer becomes a number": (replaced("holds", {"type": "number"}), False),
    "a field may be null": (replaced("queue", {"anyOf": [CODE, {"type": "null"}]}), False),
    "a null is told in another form": (replaced("product", CODE | {"type": ["string", "null"], "default": None}), True),
    "a field may be null, in another form": (replaced("queue", CODE | {"type": ["string", "null"]}), False),
    "a field may be null no more": (replaced("product", CODE), False),
    "a text becomes shorter": (replaced("queue", CODE | {"maxLength": 50}), False),
    "a text becomes longer": (replaced("queue", CODE | {"maxLength": 200}), False),
    "a pattern is dropped": (replaced("queue", {"type": "string", "maxLength": 100}), False),
    "a pattern is added": (lambda s: s["properties"]["channel"].update(pattern="^[a-z]+$"), False),
    "a text becomes a list": (replaced("queue", {"type": "array", "items": CODE}), False),
    "a list may not be empty": (lambda s: s["properties"]["agents"].update(minItems=1), False),
    "the object is closed": (lambda s: s.update(additionalProperties=False), False),
    "another topic": (lambda s: s.update({"x-topic": "rapport.complaints"}), False),
    "another key": (lambda s: s.update({"x-key": "call_id"}), False),
    "another visibility": (lambda s: s.update({"x-visibility": "private"}), False),
    "other words": (lambda s: s.update(description="It ended.", title="Over", examples=[{}]), True),
    "another default": (lambda s: at(s, *INNER)["queue"].update(default=1), True),
}


@pytest.mark.parametrize("change", MUTATIONS)
def test_what_the_guard_says(change: str) -> None:
    mutate, passes = MUTATIONS[change]
    after = copy.deepcopy(BEFORE)
    mutate(after)
    assert (breaking_changes(BEFORE, after) == []) is passes, breaking_changes(BEFORE, after)


BEYOND = {
    *("an optional field is removed", "an optional field of an object is removed", "all fields of an object are removed"),
    *("an optional field is renamed", "an optional field of an object is renamed"),
    *("a format is dropped", "a pattern is dropped", "a pattern is added", "the object is closed"),
    *("another topic", "another key", "another visibility"),
}
"""Refused by us alone: what a reader may use is gone, what the other opinion does not look at, or what is no matter of a
schema."""


def closed(schema: Schema) -> Schema:
    """As its writer writes it: every property, and none besides."""
    made = copy.deepcopy(schema)
    for held in (made, *made.get("$defs", {}).values()):
        held |= {"additionalProperties": False, "required": list(held["properties"])}
    return made


@pytest.mark.parametrize("change", MUTATIONS)
def test_a_second_opinion_refuses_the_same_as_far_as_it_looks(change: str) -> None:
    """Each side as a reader of what the other writes: backward and forward."""
    mutate, passes = MUTATIONS[change]
    after = copy.deepcopy(BEFORE)
    mutate(after)
    backward = jsoncompat.check_compat(dumps(closed(BEFORE)), dumps(after), "deserializer")
    forward = jsoncompat.check_compat(dumps(closed(after)), dumps(BEFORE), "deserializer")
    assert (backward and forward) is (passes or change in BEYOND)


def test_two_steps_that_are_harmless_each_are_held_against_every_release(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without `product`, then with an optional one, then with a required one: an event of the first cannot be read."""
    kind = "complaint.received.v1"
    today = schema_of(registry()[kind])
    first, third = copy.deepcopy(today), copy.deepcopy(today)
    del first["properties"]["product"]
    third["required"].append("product")
    assert breaking_changes(first, today) == breaking_changes(today, third) == []
    (tmp_path / "0.0.1.json").write_text(json.dumps({kind: bare(first), "complaint.lost.v1": bare(first)}))
    (tmp_path / "0.0.2.json").write_text(json.dumps({kind: bare(today)}))
    monkeypatch.setattr("rapport_contracts.schemas.RELEASED", tmp_path)
    monkeypatch.setattr(command, "schema_of", lambda event: third if event is registry()[kind] else schema_of(event))
    assert command.main(["check"]) == 1
    told = capsys.readouterr().err
    assert f"{kind} (0.0.1): an old event would be refused: $.product: is needed and not written" in told
    assert f"{kind} (0.0.2)" not in told
    assert "complaint.lost.v1: its class is gone" in told


def test_a_release_is_kept_once_and_says_what_its_schemas_say(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in ("schemas", "__main__"):
        monkeypatch.setattr(f"rapport_contracts.{module}.RELEASED", tmp_path / "released")
    assert command.main(["release", "9.9.9"]) == 0
    assert (
        breaking_changes(released()["9.9.9"]["interaction.completed.v1"], schema_of(registry()["interaction.completed.v1"]))
        == []
    )
    assert command.main(["release", "9.9.9"]) == 1
    assert "9.9.9 is released already" in capsys.readouterr().err
    assert command.main(["release", "latest"]) == 1
    assert command.main(["release"]) == 2


def test_properties_that_bear_names_of_keywords_are_kept() -> None:
    schema = {"properties": {"title": {"type": "string", "title": "Title"}, "description": {"type": "string"}}}
    assert bare(schema) == {"properties": {"title": {"type": "string"}, "description": {"type": "string"}}}
