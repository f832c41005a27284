"""Take the steps of the ladder that are due, whatever made them so; look at everything again after it was edited."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from rapport_chassis.commands import system_act
from rapport_chassis.timers import Timer
from rapport_chassis.work import Work

from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.handling.store.escalation_lists import open_after
from rapport_complaints.handling.store.escalations import CLIMB
from rapport_complaints.handling.store.versions import LADDERS
from rapport_complaints.handling.usecases.declare_major import judge_by_rules

LOOK_AGAIN = "escalation.follow"
"""The kind of timer that carries the portions after the ladder was edited; its key is the version."""
PORTION = 1000


async def climb_ladder(work: Work, timers: list[Timer]) -> None:
    """Look at the complaints of a set of timers: whether they are major ones, and by the ladder in force. One that is over
    has none to climb any more."""
    ladder = await work.store(LADDERS).current()
    ids = [UUID(timer.key) for timer in timers]
    found = await work.store(Complaints).get_many(ids, for_update=True)
    await judge_by_rules(work, found.values())
    for complaint in found.values():
        complaint.climb(system_act(work, complaint, "escalation-policy"), ladder)
        again = complaint.next_climb(ladder.body, work.now)
        if again is not None:
            await work.timers.set(CLIMB, complaint.id, again)


async def ladder_edited(work: Work, version: int, at: datetime) -> None:
    """Have all open complaints looked at when this version begins to count."""
    await work.timers.set(LOOK_AGAIN, version, max(at, work.now))


async def look_again(work: Work, timer: Timer) -> None:
    """One portion of the open complaints; the next one is a timer that is due at once."""
    last = timer.payload.get("after")
    ids = await open_after(work, UUID(last) if last is not None else None, PORTION)
    await work.timers.set_many(Timer(CLIMB, str(one), work.now) for one in ids)
    if len(ids) == PORTION:
        await work.timers.set(LOOK_AGAIN, timer.key, work.now, {"after": str(ids[-1])})
