"""Contacts that nobody ended are timed out."""

from __future__ import annotations

from datetime import timedelta

from rapport_chassis.actor import Actor
from rapport_contracts.interactions.contacts import InteractionAmended, InteractionTimedOut
from rapport_interactions.contacts.usecases.fold_calls import reaper

from .calls import step
from .conftest import Road


async def reap(road: Road) -> int:
    async with road.works(Actor.system("loop:time-out-calls")) as work:
        given_up = await reaper(timedelta(hours=4), timedelta(minutes=1))(work)
    await road.fold()
    return given_up


async def test_a_silent_contact_is_timed_out_and_a_late_end_amends_it(road: Road) -> None:
    """Edge case 14."""
    await road.push([step("started", 0), step("connected", 20, agent="ana")])
    await road.push([step("started", 0, "y", call_id="young", direction="inbound")])
    assert await reap(road) == 0, "its events have only just arrived"
    await road.db.execute("UPDATE call_events SET received_at = received_at - interval '1 hour' WHERE call_id = 'c-1'")
    await road.facts()
    assert await reap(road) == 1
    assert await reap(road) == 0
    ((sequence, fact),) = await road.facts()
    assert isinstance(fact, InteractionTimedOut)
    assert (sequence, fact.summary.ended_at, fact.summary.flags) == (3, None, ["stale"])
    assert await road.push([step("ended", 80)]) == ["late"]
    ((sequence, amended),) = await road.facts()
    assert isinstance(amended, InteractionAmended)
    assert (sequence, amended.summary.flags, amended.summary.durations.service) == (4, [], 60)
    assert set(amended.changed) == {"ended_at", "durations", "flags", "handlers"}
    assert (await road.row("c-1"))["state"] == "completed"


async def test_an_end_that_comes_before_the_giving_up_is_folded_completes_the_contact(road: Road) -> None:
    await road.push([step("started", 0)])
    await road.db.execute("UPDATE call_events SET received_at = received_at - interval '1 hour'")
    async with road.works(Actor.system("loop:time-out-calls")) as work:
        assert await reaper(timedelta(hours=4), timedelta(minutes=1))(work) == 1
    await road.receive([step("ended", 9)])
    await road.fold()
    assert (await road.names())[-2:] == ["interaction.abandoned", "interaction.completed"]
