"""A calendar was edited: the limits of repairs that are counted in it are computed anew, in portions."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.timers import Timer
from rapport_chassis.work import Work

from rapport_complaints.clocks.domain.policies import calendar_of
from rapport_complaints.clocks.store.versions import CALENDARS
from rapport_complaints.clocks.usecases.calendars import FOLLOW_REPAIRS, ONCE_MORE, PORTION
from rapport_complaints.repairs.store.repairs import Repairs


async def follow_calendar_with_repairs(work: Work, timer: Timer) -> None:
    """One portion of the repairs whose limits are counted in it; once more a little later, as above."""
    calendar, after = calendar_of(await work.store(CALENDARS).of(timer.key)), timer.payload.get("after")
    ids = await work.store(Repairs).counted_in(timer.key, None if after is None else UUID(after), PORTION)
    for order in (await work.store(Repairs).get_many(ids, for_update=True)).values():
        order.follow_calendar(calendar, work.now)
    last = {"last": True} if timer.payload.get("last") else {}
    if len(ids) == PORTION:
        await work.timers.set(FOLLOW_REPAIRS, timer.key, work.now, {**last, "after": str(ids[-1])})
    elif not last:
        await work.timers.set(FOLLOW_REPAIRS, timer.key, work.now + ONCE_MORE, {"last": True})
