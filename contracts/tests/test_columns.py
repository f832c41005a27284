"""One name, one JSON type within a topic: a table that takes a whole topic, a column for each name, can hold every type."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import pytest
from rapport_contracts.event import registry
from rapport_contracts.schemas import Schema, schema_of

RELEASED = {
    ("rapport.complaints", "plan"): {"integer", "string"},  # number of a recovery's plan; code of an emergency plan
    ("rapport.complaints", "gaps"): {"array", "integer"},  # codes of those that a drill showed; how many there were in all
    ("rapport.complaints", "excluded"): {"integer", "object"},  # duplicates left out; limits left out, by reason
}
"""Names that had two types before this was looked at. A released name never changes; no further one joins them."""


def json_types(schema: Schema, root: Schema) -> set[str]:
    """The JSON types of a property beside null; `number` where whole numbers may come, too."""
    if "$ref" in schema:
        return json_types(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    found = {kind for each in schema.get("anyOf", ()) for kind in json_types(each, root)}
    kinds = schema.get("type", [])
    found |= {kinds} if isinstance(kinds, str) else set(kinds)
    return found - {"null"}


def conflicts(schemas: Iterable[Schema]) -> dict[tuple[str, str], set[str]]:
    """Names of properties with several JSON types, by topic and name."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for schema in schemas:
        for name, held in schema["properties"].items():
            found[schema["x-topic"], name] |= json_types(held, schema)
    return {place: kinds for place, kinds in found.items() if len(kinds) != 1}


SCHEMAS = [schema_of(event) for event in registry().values()]


def test_no_further_name_has_two_types_in_one_topic() -> None:
    assert conflicts(SCHEMAS) == RELEASED


@pytest.mark.parametrize("held", [{"type": "string"}, {"anyOf": [{"type": "string"}, {"type": "null"}]}, {}])
def test_a_name_that_gets_a_second_type_or_none_is_found(held: Schema) -> None:
    assert conflicts([{"x-topic": "t", "properties": {"level": {"type": "integer"}}}]) == {}
    more = {"x-topic": "rapport.complaints", "properties": {"level" if held else "vague": held}}
    (found,) = set(conflicts([*SCHEMAS, more])) - set(RELEASED)
    assert found == ("rapport.complaints", "level" if held else "vague")
