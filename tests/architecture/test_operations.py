"""What a view allows is what can be called: names of operations, and each operation of a thing can stand there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
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


def silent(routes: Iterable[Route]) -> list[str]:
    """Actions that neither say what they act on nor why they stand in no `allowed`."""
    said = (route for route in routes if not OF_CHASSIS.search(route.path))
    return [route.path for route in said if route.on is None or (isinstance(route.on, Aside) and not route.on.why)]


def not_in_document(routes: Iterable[Route], document: Mapping[str, Any]) -> list[str]:
    """Operations whose name can stand in an `allowed`, and that are no action of a path of the document."""
    return [
        route.path for route in routes if isinstance(route.on, On) and "post" not in document["paths"].get(route.path, {})
    ]


def wrongly_shown(routes: Iterable[Route], document: Mapping[str, Any]) -> list[str]:
    """Paths that show what is acted on without saying what is allowed, and those that say it of what nobody acts on."""
    things = {route.path.rsplit(":", 1)[0] for route in routes if isinstance(route.on, On)}
    schemas = document["components"]["schemas"]
    found = []
    for path, operations in document["paths"].items():
        shown = operations.get("get", {}).get("responses", {}).get("200", {}).get("content", {}).get("application/json", {})
        schema = schemas.get(shown.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1], {})
        if schema and (path in things) != ("allowed" in schema.get("required", ())):
            found.append(path)
    return found


@pytest.mark.parametrize("name", SERVICES)
def test_each_action_can_stand_in_the_allowed_of_its_thing_or_says_why_not(
    name: str, services: Mapping[str, Service[Any]]
) -> None:
    assert silent(actions(services[name])) == []


@pytest.mark.parametrize("name", SERVICES)
def test_each_name_is_an_action_of_a_path_and_each_thing_says_what_is_allowed(
    name: str, services: Mapping[str, Service[Any]]
) -> None:
    app, routes = services[name].asgi, actions(services[name])
    assert not_in_document(routes, app.openapi) == []
    assert wrongly_shown(routes, app.openapi) == []
    paths: dict[type[Any], set[str]] = {}
    for route in routes:
        if isinstance(route.on, On):
            paths.setdefault(route.on.kind, set()).add(route.path.rsplit(":", 1)[0])
            assert route.verb in app.operations.names(route.on.kind)
    assert all(len(things) == 1 for things in paths.values()), "one kind of thing has its actions at one path"


def test_what_is_silent_hidden_or_shown_without_what_is_allowed_is_found(services: Mapping[str, Service[Any]]) -> None:
    (close,) = [route for route in actions(services["satisfaction"]) if route.path.endswith("follow_up_id}:close")]
    assert silent([replace(close, on=None)]) == silent([replace(close, on=Aside(""))]) == [close.path]
    thing = close.path.rsplit(":", 1)[0]
    answer = {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Shown"}}}}}
    document: dict[str, Any] = {
        "paths": {thing: {"get": {"responses": answer}}},
        "components": {"schemas": {"Shown": {"required": ["id"]}}},
    }
    assert not_in_document([close], document) == [close.path]
    assert wrongly_shown([close], document) == [thing]
    document["components"]["schemas"]["Shown"]["required"].append("allowed")
    assert wrongly_shown([close], document) == []
    assert wrongly_shown([], document) == [thing]


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
    life = StateTable("thing", "opened", [Move("reopen", "opened", "opened"), Move("end", "opened", "ended", by="system")])
    assert mismatches({"follow-up": life}, service.asgi.routes) == [
        "follow-up: no operation makes 'reopen', and it is not marked by='system'"
    ]


def test_an_operation_makes_no_move_that_only_the_system_makes() -> None:
    class Case:
        life = StateTable(
            "thing", "opened", [Move("close", "opened", "closed"), Move("end", "opened", "ended", by="system")]
        )

    with pytest.raises(TypeError, match="people make no move end of Case"):
        On(Case, "end")
    with pytest.raises(TypeError, match="'reopen' is no move of Case: say which it makes, or when it is possible"):
        On(Case).named("reopen")
    assert On(Case).named("close").moves == ("close",)
