"""From kept events to published facts: in order, once, whatever the order of arrival."""

from __future__ import annotations

import random

import pytest
from rapport_chassis.actor import Actor
from rapport_contracts.interactions.contacts import CallerPresented, InteractionAmended, InteractionCompleted
from rapport_interactions.contacts.usecases.fold_calls import fold_calls

from .calls import answered_call, phone, step
from .conftest import Road


async def test_the_facts_of_a_call_are_published_in_order_without_a_gap(road: Road) -> None:
    for event in answered_call():
        await road.push([event])
    facts = [(sequence, event.event_type) for sequence, event in await road.facts()]
    assert facts == [
        (1, "interaction.started.v1"),
        (2, "interaction.queued.v1"),
        (3, "interaction.connected.v1"),
        (4, "interaction.completed.v1"),
        (5, "interaction.amended.v1"),
    ]


async def test_a_late_event_amends_and_names_what_changed(road: Road) -> None:
    *call, wrapped = answered_call()
    await road.push(call)
    await road.facts()
    assert await road.push([wrapped]) == ["late"]
    ((sequence, amended),) = await road.facts()
    assert isinstance(amended, InteractionAmended)
    assert (sequence, amended.changed, amended.summary.durations.after_contact_work) == (5, ["durations"], 20)


async def test_any_order_of_arrival_ends_in_the_same_interaction(road: Road) -> None:
    await road.push(answered_call())
    expected = await road.row("c-1")
    chance = random.Random(7)
    for _ in range(5):
        await road.db.execute("TRUNCATE call_events, fold_queue, interactions, outbox")
        events = answered_call()
        chance.shuffle(events)
        for event in events:
            await road.push([event])
        got = await road.row("c-1")
        differing = {name for name in got if got[name] != expected[name]}
        assert differing <= {"version", "announced", "created_at", "updated_at"}
        summaries = [
            event.summary for _, event in await road.facts() if isinstance(event, InteractionCompleted | InteractionAmended)
        ]
        assert summaries[-1].agents == ["ana"]


async def test_an_identifier_is_never_stored_readable_and_presented_once(road: Road) -> None:
    number = "+8613912345678"
    started = step("started", 0, identifiers=[phone(number)])
    await road.push([started, step("queued", 1, identifiers=[phone(number)])])
    facts = await road.facts()
    (presented,) = [event for _, event in facts if isinstance(event, CallerPresented)]
    assert len(presented.identifiers) == 1
    await road.push([step("connected", 2, agent="ana", identifiers=[phone(number)])])
    assert "caller.presented" not in await road.names()
    await road.push([step("held", 3, identifiers=[phone("+8613900000000")])])
    (again,) = [(sequence, event) for sequence, event in await road.facts() if isinstance(event, CallerPresented)]
    assert again[0] == 2
    for table in ("call_events", "interactions", "fold_queue", "outbox", "quarantine"):
        rows = await road.db.fetch(f"SELECT t::text AS line FROM {table} t")  # noqa: S608 - names above
        assert not any("13912345678" in row["line"] for row in rows)


async def test_a_fold_that_dies_loses_and_doubles_nothing(road: Road) -> None:
    await road.receive(answered_call())

    class Crash(Exception):
        pass

    async def die() -> None:
        async with road.works(Actor.system("loop:fold-calls")) as work:
            await fold_calls(work)
            await work.flush()
            raise Crash

    with pytest.raises(Crash):
        await die()
    assert await road.facts() == []
    await road.fold()
    assert await road.names() == [f"interaction.{what}" for what in ("started", "queued", "connected", "completed")]
