"""What a view allows is what can be called: names of operations, and each operation of a thing can stand there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from rapport_chassis.service import Service
from rapport_chassis.web.lives import mismatches
from rapport_chassis.web.operations import Aside, On
from rapport_chassis.web.router import Route
from rapport_cli.services import SERVICES, build, described
from rapport_kernel.states import Move, StateTable

OF_CHASSIS = re.compile(r"/(machine-keys|parked)/")
"""What operators settle: it is settled once, and gone."""
MADE_ELSEWHERE = {
    ("major-case", "complete-step"): "/complaints/v1/complaints/{complaint_id}:complete-major-step",
    ("major-case", "lower"): "/complaints/v1/complaints/{complaint_id}:lower-major",
    ("recovery", "reverse"): "/complaints/v1/compensations/{compensation_id}:reverse",
    ("recovery", "reverse-part"): "/complaints/v1/compensations/{compensation_id}:reverse",
}
"""Moves that people make with an operation on something else, which has what they need to know."""


@pytest.fixture(scope="module")
def services() -> Mapping[str, Service[Any]]:
    return {service.name: service for service in described()}


def actions(service: Service[Any]) -> list[Route]:
    """`POST <thing>/{id}:<verb>`."""
    return [
        route
        for route in service.asgi.routes
        if route.method == "POST" and route.verb is not None and "{" in route.path.rsplit("/", 1)[-1]
    ]


@pytest.mark.parametrize("name", SERVICES)
def test_each_action_can_stand_in_the_allowed_of_its_thing_or_says_why_not(
    name: str, services: Mapping[str, Service[Any]]
) -> None:
    silent = [route.path for route in actions(services[name]) if route.on is None and not OF_CHASSIS.search(route.path)]
    assert silent == []
    assert all(route.on.why for route in actions(services[name]) if isinstance(route.on, Aside))


@pytest.mark.parametrize("name", SERVICES)
def test_each_name_is_an_action_of_a_path_of_the_document(name: str, services: Mapping[str, Service[Any]]) -> None:
    """Names come from the routes; so do the paths of the document, and none of these routes is hidden in it."""
    app = services[name].asgi
    kinds: dict[type[Any], set[str]] = {}
    for route in actions(services[name]):
        if isinstance(route.on, On):
            assert route.path in app.openapi["paths"] and "post" in app.openapi["paths"][route.path]
            kinds.setdefault(route.on.kind, set()).add(route.path.rsplit(":", 1)[0])
            assert route.verb in app.operations.names(route.on.kind)
    assert all(len(things) == 1 for things in kinds.values()), "one kind of thing has its actions at one path"


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_acted_on_says_what_is_allowed_and_always(name: str, services: Mapping[str, Service[Any]]) -> None:
    """The schema that the thing's own path answers requires `allowed`."""
    document = services[name].asgi.openapi
    schemas = document["components"]["schemas"]
    for route in actions(services[name]):
        thing = document["paths"].get(route.path.rsplit(":", 1)[0], {})
        if isinstance(route.on, On) and "get" in thing:
            shown = thing["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[-1]
            assert "allowed" in schemas[shown]["required"], (route.path, shown)


@pytest.mark.parametrize("name", SERVICES)
def test_no_view_allows_what_no_operation_does(name: str, services: Mapping[str, Service[Any]]) -> None:
    """A view with `allowed` belongs to a path that has actions, or to one below it."""
    document = services[name].asgi.openapi
    things = {route.path.rsplit(":", 1)[0] for route in actions(services[name]) if isinstance(route.on, On)}
    for path, operations in document["paths"].items():
        shown = operations.get("get", {}).get("responses", {}).get("200", {}).get("content", {}).get("application/json")
        reference = (shown or {}).get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
        if "allowed" in document["components"]["schemas"].get(reference, {}).get("properties", {}):
            assert path in things, (path, reference)


@pytest.mark.parametrize("name", SERVICES)
def test_every_move_that_people_make_is_made_by_an_operation(name: str, services: Mapping[str, Service[Any]]) -> None:
    service = services[name]
    paths = {route.path for route in service.asgi.routes}
    elsewhere = {
        f"{life}: no operation makes '{move}', and it is not marked by='system'"
        for (life, move), path in MADE_ELSEWHERE.items()
        if path in paths
    }
    assert set(mismatches(service.lives, service.asgi.routes)) == elsewhere


def test_a_move_that_nobody_can_make_is_found() -> None:
    service = build("satisfaction", database_url="postgresql://nobody@127.0.0.1/none", kafka="127.0.0.1:1")
    life = StateTable("opened", [Move("reopen", "opened", "opened"), Move("end", "opened", "ended", by="system")])
    assert mismatches({"follow-up": life}, service.asgi.routes) == [
        "follow-up: no operation makes 'reopen', and it is not marked by='system'"
    ]


def test_an_operation_makes_no_move_that_only_the_system_makes() -> None:
    class Case:
        life = StateTable("opened", [Move("close", "opened", "closed"), Move("end", "opened", "ended", by="system")])

    with pytest.raises(TypeError, match="people make no move end of Case"):
        On(Case, "end")
    with pytest.raises(TypeError, match="'reopen' is no move of Case: say which it makes, or when it is possible"):
        On(Case).named("reopen")
    assert On(Case).named("close").moves == ("close",)
