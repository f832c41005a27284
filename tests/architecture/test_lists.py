"""Every list of every service is paged, sorted, counted and narrowed down in one way, and its document says how."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import pytest
from rapport_chassis.lists import Paging
from rapport_chassis.service import Service
from rapport_chassis.store import AggregateStore
from rapport_chassis.web.router import Route
from rapport_cli.services import described
from rapport_testing.guards_service import modules_of, tables_of

PAGED = sorted(Paging.model_fields)
DATED = {"from", "to", "period", "tz"}
UNDATED = {
    "/complaints/v1/staff",
    "/complaints/v1/back-tests/{back_test_id}/changes",
    "/satisfaction/v1/surveys",
}
"""Lists of what has no time of its own: people, surveys, and what a run found, which is all of one time."""
OTHER_NAMES = {
    "customer_id": "customer",
    "complaint_id": "complaint",
    "interaction_id": "interaction",
    "invitation_id": "invitation",
    "owner": "assignee",
    "handler": "assignee",
    "under_way": "open",
    "closed": "open",
    "active_only": "open",
    "before": "to",
    "until": "to",
    "since": "from",
    "after_time": "from",
    "updated_since": "changed_since",
    "order_by": "sort",
}
"""What a filter could also be called, and what it is called everywhere."""
OURS = {"state", "severity", "flag", "channel", "direction", "metric", "band", "trigger", "outcome", "verdict", "dimension"}
"""Vocabularies of our own, wherever they are asked: one value of many that the document names."""
Parameters = Mapping[str, Mapping[str, Any]]


def lists(service: Service[Any]) -> Iterator[tuple[Route, Parameters]]:
    """The routes of a service that have pages, each with its query parameters as the document has them, by name."""
    document = service.asgi.openapi
    for route in service.asgi.routes:
        if route.method == "GET" and any("after" in plan.fields for plan in route.endpoint.params):
            said = document["paths"][route.path]["get"]["parameters"]
            yield route, {each["name"]: each for each in said if each["in"] == "query"}


def items(parameter: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The schema of each of the values of a parameter that may be repeated; None: it may not."""
    schema = parameter["schema"]
    ways = [schema, *schema.get("anyOf", [])]
    found = next((way for way in ways if way.get("type") == "array"), None)
    return None if found is None else {"most": found.get("maxItems"), **found["items"]}


def values(schema: Mapping[str, Any], document: Mapping[str, Any]) -> list[Any] | None:
    """The values that a schema names; None: any."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    found: list[Any] | None = schema.get("enum") or ([schema["const"]] if "const" in schema else None)
    return found


def wrong_with(path: str, parameters: Parameters, document: Mapping[str, Any], *, dated: bool, ends: bool) -> list[str]:
    """What is not as it is everywhere: `dated` things have a period, those whose life `ends` can be asked for open ones."""
    found = [f"{path} has no {name}" for name in PAGED if name not in parameters]
    sort = items(parameters.get("sort", {"schema": {}}))
    if sort is None or not values(sort, document) or not sort["most"]:
        found.append(f"{path} does not say what it can be sorted by")
    if dated and not parameters.keys() >= DATED:
        found.append(f"{path} has no from and to")
    if ends and "open" not in parameters:
        found.append(f"{path} has no open")
    found += [f"{path} says {name}, not {OTHER_NAMES[name]}" for name in parameters if name in OTHER_NAMES]
    for name, parameter in parameters.items():
        many = items(parameter)
        if many is not None and not many["most"]:
            found.append(f"{path}: {name} may be repeated without end")
        if name in OURS and (many is None or not values(many, document)):
            found.append(f"{path}: {name} does not name its values, or may not be repeated")
    return found


@pytest.fixture(scope="module")
def services() -> list[Service[Any]]:
    return described()


def test_every_list_is_asked_in_one_way(services: list[Service[Any]]) -> None:
    found, seen = [], 0
    for service in services:
        document = service.asgi.openapi
        for route, parameters in lists(service):
            ends = "state" in parameters and not route.path.endswith("/parked")
            found += wrong_with(route.path, parameters, document, dated=route.path not in UNDATED, ends=ends)
            seen += 1
    assert seen > 50 and found == []


BAD: list[tuple[dict[str, Any], str]] = [
    ({"count": None}, "x has no count"),
    ({"sort": {"schema": {"type": "string"}}}, "x does not say what it can be sorted by"),
    ({"sort": {"schema": {"type": "array", "maxItems": 4, "items": {"type": "string"}}}}, "x does not say what it can"),
    ({"from": None}, "x has no from and to"),
    ({"open": None}, "x has no open"),
    ({"customer_id": {"schema": {"type": "string"}}}, "x says customer_id, not customer"),
    ({"state": {"schema": {"type": "string", "enum": ["a", "b"]}}}, "x: state does not name its values"),
    ({"state": {"schema": {"type": "array", "maxItems": 20, "items": {"type": "string"}}}}, "x: state does not name"),
    ({"kind": {"schema": {"type": "array", "items": {"type": "string"}}}}, "x: kind may be repeated without end"),
]


@pytest.mark.parametrize(("change", "said"), BAD)
def test_a_list_that_is_asked_in_another_way_is_found(change: dict[str, Any], said: str) -> None:
    plain: dict[str, Any] = {"schema": {"type": "string"}}
    several: dict[str, Any] = {"schema": {"type": "array", "maxItems": 20, "items": {"type": "string", "enum": ["a", "b"]}}}
    good = {"sort": several, "state": several, "open": plain, **dict.fromkeys((*DATED, "after", "count", "limit"), plain)}
    document: dict[str, Any] = {"components": {"schemas": {}}}
    assert wrong_with("x", good, document, dated=True, ends=True) == []
    bad = {name: parameter for name, parameter in (good | change).items() if parameter is not None}
    [wrong] = wrong_with("x", bad, document, dated=True, ends=True)
    assert wrong.startswith(said)


UNCHANGED = {"trends"}
"""Rows that are written once and never again."""


def unfollowed(service: str, unchanged: Collection[str] = UNCHANGED) -> list[str]:
    """Tables of aggregates, with a version, that do not say when a row was last written, or cannot be walked by it."""
    stores = {each for module in modules_of(service) for each in vars(module).values() if isinstance(each, type)}
    kept = {each.table.name for each in stores if issubclass(each, AggregateStore) and hasattr(each, "table")}
    tables = tables_of(service).tables
    known = {name: tables[name] for name in sorted(kept - set(unchanged))}
    return [name for name, table in known.items() if "updated_at" not in table.c or not _walked(table.indexes)]


def _walked(indexes: Iterable[Any]) -> bool:
    return any([getattr(each, "name", None) for each in index.expressions] == ["updated_at", "id"] for index in indexes)


@pytest.mark.parametrize("service", [each.name for each in described()])
def test_what_has_a_version_says_when_it_was_last_written(service: str) -> None:
    assert unfollowed(service) == []


def test_a_table_that_does_not_say_so_is_found() -> None:
    assert unfollowed("complaints", unchanged=()) == ["trends"]
