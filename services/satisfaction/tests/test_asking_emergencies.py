"""While an emergency is open nobody is asked about what he met at its touchpoints since it began (S109, S110)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from rapport_chassis.actor import Actor
from rapport_contracts.complaints.incidents import IncidentDeclared, IncidentLevelChanged, IncidentRestored, IncidentUpdated
from rapport_contracts.event import Event
from rapport_kernel.ids import new_id
from rapport_satisfaction.asking.usecases import follow_complaints as module

from .world import NOW, completed


def declared(incident: UUID, *touchpoints: str, **more: Any) -> IncidentDeclared:
    plain = {
        "incident_type": "other",
        "level": 2,
        "categories": [],
        "holds_surveys": True,
        "began_at": NOW - timedelta(hours=1),
    }
    return IncidentDeclared(
        incident_id=incident,
        touchpoints=list(touchpoints),
        next_update_at=NOW + timedelta(hours=1),
        declared_at=NOW,
        **{**plain, **more},
    )


def restored(incident: UUID, *touchpoints: str) -> IncidentRestored:
    return IncidentRestored(
        incident_id=incident,
        level=2,
        touchpoints=list(touchpoints),
        categories=[],
        began_at=NOW - timedelta(hours=1),
        ended_at=NOW,
        missed_updates=0,
        restored_at=NOW,
    )


async def tell(world: Any, *events: Event) -> None:
    """Hand the events over in one set, then let the timers run."""
    messages = [world.message(event) for event in events]
    async with world.served.works(Actor.system("test")) as work:
        await module.follow_incidents(work, messages)
    await world.fire()


async def test_an_emergency_takes_back_what_was_scheduled_and_its_end_lets_go(world: Any) -> None:
    incident = new_id()
    await world.tell(completed(customer=new_id()))
    assert await world.decided() == [("scheduled", "eligible")]
    await tell(world, declared(incident, "hotline"))
    assert await world.decided() == [("held", "open-emergency")]
    await world.tell(completed(customer=new_id()))
    assert await world.decided() == [("held", "open-emergency")] * 2
    await tell(world, restored(incident, "hotline"))
    assert await world.decided() == [("scheduled", "eligible")] * 2


@pytest.mark.parametrize(
    ("incident", "held"),
    [
        (declared(new_id(), "shop"), False),
        (declared(new_id(), "shop", "hotline"), True),
        (declared(new_id()), True),
        (declared(new_id(), "hotline", holds_surveys=False), False),
        (declared(new_id(), "hotline", began_at=NOW), False),
    ],
)
async def test_only_contacts_at_its_touchpoints_since_it_began_are_held(
    world: Any, incident: IncidentDeclared, held: bool
) -> None:
    await tell(world, incident)
    await world.tell(completed(customer=new_id()))
    assert await world.decided() == [("held", "open-emergency") if held else ("scheduled", "eligible")]


async def test_touchpoints_and_level_may_change_meanwhile(world: Any) -> None:
    incident = new_id()
    await world.tell(completed(customer=new_id()))
    await tell(world, declared(incident, "shop"))
    assert await world.decided() == [("scheduled", "eligible")]
    more = {"categories": [], "next_update_at": NOW, "updated_at": NOW}
    await tell(world, IncidentUpdated(incident_id=incident, update=1, touchpoints=["shop", "hotline"], **more))
    assert await world.decided() == [("held", "open-emergency")]
    change = IncidentLevelChanged(
        incident_id=incident,
        from_level=2,
        to_level=3,
        reason="better",
        touchpoints=["shop", "hotline"],
        holds_surveys=False,
        next_update_at=NOW,
        changed_at=NOW,
    )
    await tell(world, change)
    assert await world.decided() == [("scheduled", "eligible")]


async def test_what_was_told_in_one_set_or_twice_is_the_same(world: Any) -> None:
    incident = new_id()
    messages = [world.message(event) for event in (declared(incident, "hotline"), restored(incident, "hotline"))]
    for told in (messages, messages[:1]):
        async with world.served.works(Actor.system("test")) as work:
            await module.follow_incidents(work, told)
    await world.tell(completed(customer=new_id()))
    assert await world.decided() == [("scheduled", "eligible")]
    assert len(await world.rows("SELECT * FROM emergencies")) == 1


async def test_at_sending_an_emergency_is_looked_at_once_more(world: Any) -> None:
    await world.tell(completed(customer=new_id()))
    [invitation] = await world.rows("SELECT id FROM invitations")
    async with world.served.works(Actor.system("test")) as work:
        await module.follow_incidents(work, [world.message(declared(new_id(), "hotline"))])
    await world.rows("UPDATE invitations SET send_after = now() - interval '1 minute' RETURNING id")
    answer = await world.send(invitation["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "open-emergency")


async def test_those_who_wait_are_looked_at_in_portions(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PORTION", 2)
    await world.tell(*[completed(customer=new_id()) for _ in range(5)])
    incident = new_id()
    await tell(world, declared(incident, "hotline"))
    for _ in range(3):
        await world.fire()
    assert await world.decided() == [("held", "open-emergency")] * 5
    await tell(world, restored(incident, "hotline"))
    for _ in range(3):
        await world.fire()
    assert await world.decided() == [("scheduled", "eligible")] * 5
