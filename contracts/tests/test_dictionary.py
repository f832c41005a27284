"""The dictionary: every property says what it means, in what unit, and what a null says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from rapport_contracts.asyncapi import document
from rapport_contracts.dictionary import Meaning, described, meanings
from rapport_contracts.event import inbound, registry
from rapport_contracts.schemas import Schema, plain, schema_of
from rapport_contracts.topics import TOPICS

OWNERS = sorted({topic.owner for topic in TOPICS.values()})
COUNTS = "how many"
"""The unit of what is counted in pieces."""


def schemas() -> Iterator[tuple[str, str, Schema]]:
    """Of every event and of what others may write: owner, class, schema."""
    for event in registry().values():
        yield TOPICS[event.topic].owner, event.__name__, schema_of(event)
    made = document()["components"]["schemas"]
    for kind in inbound().values():
        yield TOPICS[kind.topic].owner, kind.__name__, made[kind.__name__]


def properties() -> Iterator[tuple[str, str, Schema]]:
    """Owner, place and schema of every property."""
    for owner, name, schema in schemas():
        for place, held in {name: schema, **schema.get("$defs", {})}.items():
            for field, inner in held.get("properties", {}).items():
                yield owner, f"{name}: {place}.{field}", inner


def branches(schema: Schema) -> list[Schema]:
    return [schema, *schema.get("anyOf", [])]


def may_be(schema: Schema, *kinds: str) -> bool:
    return any(kind in each.get("type", ()) for each in branches(schema) for kind in kinds)


def test_every_property_says_what_it_means() -> None:
    found = list(properties())
    assert len(found) > 1_000
    assert sorted({place.split(": ")[1] for _, place, schema in found if not schema.get("description")}) == []


def test_every_property_that_may_be_null_says_what_null_says() -> None:
    nullable = [(place, s) for _, place, s in properties() if may_be(s, "null")]
    assert len(nullable) > 150
    assert sorted({place.split(": ")[1] for place, schema in nullable if "Null: " not in schema["description"]}) == []


def test_every_number_has_a_unit() -> None:
    numbers = [(place, s) for _, place, s in properties() if may_be(s, "number", "integer")]
    assert len(numbers) > 50
    assert sorted({place.split(": ")[1] for place, schema in numbers if not schema.get("x-unit")}) == []


def test_known_values_stand_where_generators_read_them() -> None:
    listed = [s for _, _, s in properties() if any("x-known-values" in each for each in branches(s))]
    assert len(listed) > 50
    assert [schema for schema in listed if "Known values: " not in schema["description"]] == []


def test_no_property_has_a_title() -> None:
    assert [place for _, place, schema in properties() for each in branches(schema) if "title" in each] == []


@pytest.mark.parametrize("owner", OWNERS)
def test_no_entry_is_about_nothing(owner: str) -> None:
    used: set[str] = set()
    for of, name, schema in schemas():
        for place, held in {name: schema, **schema.get("$defs", {})}.items() if of == owner else ():
            for field in held.get("properties", {}):
                used |= {field, f"{place}.{field}"}
    own = set(meanings(owner)) - set(meanings_of_all())
    assert own - used == set()


def meanings_of_all() -> dict[str, Any]:
    from rapport_contracts.dictionary import COMMON

    return dict(COMMON)


def test_an_entry_is_told_with_its_null_its_unit_and_its_values() -> None:
    entry = Meaning("How long it waited.", unit="seconds", null="it never waited.", values=("a", "b"))
    told = entry.of({"anyOf": [{"type": "number"}, {"type": "null"}]})
    assert told["description"] == "How long it waited. Null: it never waited. Known values: a, b; others may come."
    assert (told["x-unit"], told["x-known-values"]) == ("seconds", ["a", "b"])
    assert entry.of({"type": "number", "description": "Else."})["description"].startswith("Else. Known")


def test_what_has_no_entry_is_left_without() -> None:
    schema = described({"properties": {"unheard_of": {"type": "string"}}}, "profiles", "Nothing")
    assert "description" not in schema["properties"]["unheard_of"]
    assert plain({"properties": {"a": {"title": "A", "anyOf": [{"title": "B"}]}}}) == {"properties": {"a": {"anyOf": [{}]}}}


def test_what_may_be_null_is_one_type_beside_null() -> None:
    """Generators make `Object`, or a class of its own, of an `anyOf`; of an object or null they make what it is."""
    code = {"type": "string", "maxLength": 9}
    either = {"anyOf": [{"type": "integer"}, code, {"type": "null"}]}
    made = plain({"properties": {"a": {"title": "A", "anyOf": [code, {"type": "null"}], "default": None}, "b": either}})
    assert made["properties"] == {"a": {"type": ["string", "null"], "maxLength": 9, "default": None}, "b": either}
    of_events = [event.__name__ for event in registry().values()]
    several = [place for _, place, schema in properties() if "anyOf" in schema and not may_be_an_object(schema["anyOf"])]
    assert [place for place in several if place.split(":")[0] in of_events] == []
    assert not may_be_an_object(either["anyOf"])


def may_be_an_object(branches: list[Schema]) -> bool:
    return [set(each) for each in branches] == [{"$ref"}, {"type"}] and branches[1] == {"type": "null"}
