"""Over documents that nobody thought of: a harmless change is never refused, a planted break always is.

A document is one operation that takes a body and answers with another, each of a random schema; a change is made at a random
place of one of the two. Which changes break whom depends on who writes: `SENT` a client, `SHOWN` the service.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from rapport_contracts.openapi_compatibility import breaking_changes

Schema = dict[str, Any]
SENT, SHOWN = "sent", "shown"
NAMES = st.sampled_from(["id", "state", "note", "size", "team", "at"])
TEXTS = st.sampled_from(["open", "closed", "small", "large"])


def texts() -> st.SearchStrategy[Schema]:
    plain = st.fixed_dictionaries({"type": st.just("string")}, optional={"maxLength": st.integers(5, 50)})
    formatted = st.sampled_from(["uuid", "date-time"]).map(lambda name: {"type": "string", "format": name})
    listed = st.lists(TEXTS, min_size=2, unique=True)
    return st.one_of(
        plain,
        formatted,
        listed.map(lambda values: {"type": "string", "enum": values}),
        listed.map(lambda values: {"type": "string", "x-extensible-enum": values}),
    )


def numbers() -> st.SearchStrategy[Schema]:
    bounds = {"minimum": st.integers(0, 9), "maximum": st.integers(10, 99)}
    return st.fixed_dictionaries({"type": st.sampled_from(["integer", "number"])}, optional=bounds)


@st.composite
def objects(draw: st.DrawFn, inner: st.SearchStrategy[Schema]) -> Schema:
    fields = draw(st.dictionaries(NAMES, inner, min_size=1, max_size=4))
    needed = draw(st.lists(st.sampled_from(sorted(fields)), unique=True))
    return {"type": "object", "properties": fields, "required": sorted(needed), "additionalProperties": False}


def grown(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    return st.one_of(
        objects(inner),
        inner.map(lambda each: {"type": "array", "items": each}),
        inner.map(lambda each: {"type": "object", "additionalProperties": each}),
        inner.filter(lambda each: "anyOf" not in each).map(lambda each: {"anyOf": [each, {"type": "null"}]}),
    )


SCHEMAS = objects(st.recursive(st.one_of(texts(), numbers(), st.just({"type": "boolean"})), grown, max_leaves=8))


PLAIN: Schema = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


def document(sent: Schema, shown: Schema) -> Schema:
    """Both as components, so that references are followed, too."""
    refs = {name: {"schema": {"$ref": f"#/components/schemas/{name}"}} for name in ("Sent", "Shown")}
    operation = {
        "operationId": "things.make",
        "security": [{"bearer": ["things:make"]}],
        "requestBody": {"required": True, "content": {"application/json": refs["Sent"]}},
        "responses": {"201": {"description": "x", "content": {"application/json": refs["Shown"]}}},
    }
    schemas = {"Sent": copy.deepcopy(sent), "Shown": copy.deepcopy(shown)}
    return {"paths": {"/things": {"post": operation}}, "components": {"schemas": schemas}}


def places(schema: Schema) -> Iterator[Schema]:
    """The schema and all in it."""
    yield schema
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            yield from places(schema[name])
    for inner in [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]:
        yield from places(inner)


def has(*keys: str) -> Callable[[Schema], bool]:
    return lambda place: all(place.get(key) for key in keys)


def is_of(*kinds: str) -> Callable[[Schema], bool]:
    return lambda place: place.get("type") in kinds


def optional(place: Schema) -> list[str]:
    return sorted(set(place.get("properties", {})) - set(place.get("required", ())))


def nullable(place: Schema) -> None:
    inner = dict(place)
    place.clear()
    place["anyOf"] = [inner, {"type": "null"}]


def retyped(place: Schema) -> None:
    place.clear()
    place["type"] = "boolean"


def add_field(place: Schema, *, needed: bool) -> None:
    place["properties"]["new"] = {"type": "string"}
    place["required"] = sorted([*place["required"], *(["new"] if needed else [])])


def drop_field(place: Schema, name: str) -> None:
    del place["properties"][name]
    place["required"] = [each for each in place["required"] if each != name]


Edit = tuple[Callable[[Schema], object], Callable[[Schema], object]]
"""Where it can be made, and what it does there."""
WIDER: dict[str, Edit] = {
    "a field more": (has("properties"), lambda p: add_field(p, needed=False)),
    "a value more in a closed list": (has("enum"), lambda p: p["enum"].append("late")),
    "a list is opened": (has("enum"), lambda p: p.pop("enum")),
    "a longer text": (has("maxLength"), lambda p: p.update(maxLength=p["maxLength"] + 1)),
    "any length": (has("maxLength"), lambda p: p.pop("maxLength")),
    "a larger number": (has("maximum"), lambda p: p.update(maximum=p["maximum"] + 1)),
    "a smaller number": (has("minimum"), lambda p: p.update(minimum=p["minimum"] - 1)),
    "any format": (has("format"), lambda p: p.pop("format")),
    "a fraction": (is_of("integer"), lambda p: p.update(type="number")),
    "null": (is_of("string", "integer", "number", "boolean", "array", "object"), nullable),
}
"""What a reader may do, and a writer must not."""
NARROWER: dict[str, Edit] = {
    "a value less in a closed list": (has("enum"), lambda p: p["enum"].pop()),
    "a list is closed": (lambda p: p == {"type": "string"}, lambda p: p.update(enum=["open"])),
    "a shorter text": (has("maxLength"), lambda p: p.update(maxLength=p["maxLength"] - 1)),
    "a bound more": (lambda p: is_of("string")(p) and "minLength" not in p, lambda p: p.update(minLength=1)),
    "a lower maximum": (has("maximum"), lambda p: p.update(maximum=p["maximum"] - 1)),
    "a higher minimum": (lambda p: "minimum" in p, lambda p: p.update(minimum=p["minimum"] + 1)),
    "a whole number": (is_of("number"), lambda p: p.update(type="integer")),
    "a format": (lambda p: p == {"type": "string"}, lambda p: p.update(format="uuid")),
    "never null": (has("anyOf"), lambda p: p["anyOf"].pop()),
}
"""What a writer may do, and a reader must not."""
BREAKS_EITHER: dict[str, Edit] = {
    "another type": (is_of("string", "integer", "number", "array", "object"), retyped),
    "a field less": (has("properties"), lambda p: drop_field(p, min(p["properties"]))),
    "another format": (has("format"), lambda p: p.update(format="uri")),
}
BREAKS_SENT: dict[str, Edit] = {
    "a field more is needed": (has("properties"), lambda p: add_field(p, needed=True)),
    "what could be left out is needed": (optional, lambda p: p.update(required=sorted(p["properties"]))),
}
BREAKS_SHOWN: dict[str, Edit] = {
    "what was always there may be absent": (has("required"), lambda p: p["required"].pop()),
}
HARMLESS: dict[str, Edit] = {
    "other words": (lambda _: True, lambda p: p.update(description="Other words.", title="Another", examples=["a"])),
    "a value more in an open list": (has("x-extensible-enum"), lambda p: p["x-extensible-enum"].append("late")),
    "a value less in an open list": (has("x-extensible-enum"), lambda p: p["x-extensible-enum"].pop()),
}
NO_FIELD = {name: edit for name, edit in WIDER.items() if name != "a field more"}
"""An old client ignores a field that it does not know: for answers that is harmless, though wider."""
CASES = {
    **{(SENT, False, name): edit for name, edit in (WIDER | HARMLESS).items()},
    **{(SHOWN, False, name): edit for name, edit in (NARROWER | HARMLESS | {"a field more": WIDER["a field more"]}).items()},
    **{(SHOWN, False, name): edit for name, edit in BREAKS_SENT.items()},
    **{(SENT, False, name): edit for name, edit in BREAKS_SHOWN.items()},
    **{(SENT, True, name): edit for name, edit in (NARROWER | BREAKS_EITHER | BREAKS_SENT).items()},
    **{(SHOWN, True, name): edit for name, edit in (NO_FIELD | BREAKS_EITHER | BREAKS_SHOWN).items()},
}


@pytest.mark.parametrize(("way", "breaks", "name"), CASES)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(data=st.data())
def test_a_break_is_always_found_and_nothing_else_is_refused(way: str, breaks: bool, name: str, data: st.DataObject) -> None:
    fits, edit = CASES[way, breaks, name]
    drawn = data.draw(SCHEMAS)
    old = document(*((drawn, PLAIN) if way == SENT else (PLAIN, drawn)))
    new = copy.deepcopy(old)
    root = new["components"]["schemas"][way.capitalize()]
    there = [place for place in places(root) if fits(place)]
    assume(there)
    edit(data.draw(st.sampled_from(there), label="place"))
    assert bool(breaking_changes(old, new)) == breaks, breaking_changes(old, new)


@settings(max_examples=20, deadline=None)
@given(sent=SCHEMAS, shown=SCHEMAS)
def test_a_document_may_replace_itself(sent: Schema, shown: Schema) -> None:
    assert breaking_changes(document(sent, shown), document(sent, shown)) == []
