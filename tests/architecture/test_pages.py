"""The page of every service names what the service has, and its tests ask for every action; each guard is fed what somebody
forgot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from prometheus_client import Gauge
from rapport_chassis.listens import Batch, Listens
from rapport_chassis.service import Service
from rapport_chassis.settings import ServiceSettings
from rapport_chassis.web import Call, Router, Scope
from rapport_chassis.work import Work
from rapport_cli.services import SERVICES, build
from rapport_contracts.event import Event, _registry
from rapport_contracts.profiles.customers import CustomerRegistered
from rapport_kernel.states import Move, StateTable
from rapport_testing.guards import ROOT
from rapport_testing.guards_service import actions_of, modules_of, tables_of, unfired, unsaid, untried
from sqlalchemy import Column, Table, Uuid

NOWHERE = {"database_url": "postgresql://nobody@127.0.0.1/none", "kafka": "127.0.0.1:1"}


def page_of(service: str) -> str:
    return (ROOT / "services" / service / "README.md").read_text()


def asked_in_tests_of(service: str) -> str:
    return "\n".join(file.read_text() for file in sorted((ROOT / "services" / service / "tests").rglob("*.py")))


@pytest.mark.parametrize("name", SERVICES)
def test_the_page_of_a_service_names_what_it_has(name: str) -> None:
    assert unsaid(build(name, **NOWHERE), page_of(name), tables_of(name)) == []


@pytest.mark.parametrize("name", SERVICES)
def test_every_action_of_a_service_is_asked_for_by_a_test_of_it(name: str) -> None:
    assert untried(build(name, **NOWHERE), asked_in_tests_of(name)) == []


@pytest.mark.parametrize("name", SERVICES)
def test_every_timer_that_a_service_sets_is_handled(name: str) -> None:
    made = build(name, **NOWHERE)
    modules = list(modules_of(name))
    assert unfired(made, modules) == []
    handled = dict(made.timers)
    made.timers = {}
    assert set(unfired(made, modules)) <= set(handled)
    assert bool(unfired(made, modules)) == bool(handled)


class MoreSettings(ServiceSettings):
    """Of a service with a setting that nobody wrote about."""

    patience: int = 3


@pytest.fixture
def noticed(grown: Service[Any]) -> Iterator[type[Event]]:
    """A type that nobody wrote about, published once the service is there: it could not be put together with one that
    nobody may hear."""
    before = dict(_registry)

    class ThingNoticed(Event, type="thing.noticed.v1", topic="rapport.profiles", key="thing_id"):
        """A thing was noticed."""

        thing_id: UUID

    ThingNoticed.__module__ = "rapport_contracts.profiles.things"  # events of other tests are no part of the language
    yield ThingNoticed
    _registry.clear()
    _registry.update(before)


async def do_nothing(work: Work, messages: Any) -> None:
    """Whatever came."""


@pytest.fixture
def grown() -> Service[Any]:
    """Profiles with one of everything more, which nobody wrote about."""
    router = Router(tags=["things"])

    @router.post("/things/{thing_id}:polish", allow=Scope("things:polish"), summary="Polish a thing")
    async def polish(thing_id: UUID, call: Call[Work]) -> None:
        """It shines."""

    made = build("profiles", **NOWHERE)
    made.routers = [*made.routers, router]
    made.listens = Listens(batches=[*made.listens.batches, Batch("things", [CustomerRegistered], do_nothing)])
    made.timers = {**made.timers, "thing.polish": do_nothing}
    made.settings = MoreSettings(**NOWHERE)
    made.lives = {**made.lives, "thing": StateTable("thing", "dull", [Move("polish", "dull", "bright")])}
    Gauge("rapport_profiles_dull_things", "Things that do not shine", registry=made.metrics.registry)
    return made


def test_whatever_nobody_wrote_about_is_found(grown: Service[Any], noticed: type[Event]) -> None:
    tables = tables_of("profiles")
    Table("things", tables, Column("id", Uuid, primary_key=True))
    assert unsaid(grown, page_of("profiles"), tables) == [
        "event thing.noticed.v1",
        "group rapport.profiles.things",
        "route POST /profiles/v1/things/{thing_id}:polish",
        "scope things:polish",
        "table things",
        "timer thing.polish",
        "alarm rapport_profiles_dull_things",
        "setting RAPPORT_PATIENCE",
        "life thing",
    ]


@pytest.mark.parametrize("name", SERVICES)
def test_an_empty_page_is_found_to_say_nothing(name: str) -> None:
    made, tables = build(name, **NOWHERE), tables_of(name)
    kinds = {line.split()[0] for line in unsaid(made, "", tables)}
    assert kinds >= {"event", "route", "scope", "table"}
    assert ("group" in kinds, "life" in kinds) == (bool(made.subscriptions), bool(made.lives))


def test_the_events_of_a_group_are_named_unless_it_reads_every_one() -> None:
    made, tables, page = build("profiles", **NOWHERE), tables_of("profiles"), page_of("profiles")
    assert "event complaint.received.v1 of group rapport.profiles.timeline" in unsaid(
        made, page.replace("every public event about a customer", "some events"), tables
    )


def test_an_action_that_no_test_asks_for_is_found(grown: Service[Any]) -> None:
    assert untried(grown, asked_in_tests_of("profiles")) == ["POST /profiles/v1/things/{thing_id}:polish"]
    assert untried(grown, asked_in_tests_of("profiles") + '\nawait post("/things/7:polish")\n') == []
    assert actions_of(grown, "/things/{thing_id}") == {"polish"}
