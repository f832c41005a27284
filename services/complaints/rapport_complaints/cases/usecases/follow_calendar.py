"""A calendar was edited: reckon the clocks and the limits of repairs that run under it anew, in portions."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from rapport_chassis.timers import Timer

from rapport_complaints.clocks.domain.policies import calendar_of
from rapport_complaints.work import ComplaintsWork

FOLLOW = "calendar.follow"
"""The kind of timer that carries the portions; its key is the calendar."""
FOLLOW_REPAIRS = "calendar.follow-repairs"
"""The same for the limits of repairs."""
PORTION = 200
ONCE_MORE = timedelta(minutes=1)
"""A command that began before the edit may commit after the last portion, with the calendar as it was: looked for later."""


async def follow_calendar(work: ComplaintsWork, timer: Timer) -> None:
    """One portion of the clocks that are behind; the next portion is a timer that is due at once."""
    versions = await work.calendars.of(timer.key)
    newest = versions[-1].version
    ids = await work.complaints.behind_calendar(timer.key, newest, PORTION)
    calendar = calendar_of(versions)
    for complaint in (await work.complaints.get_many(ids, for_update=True)).values():
        complaint.follow_calendar(timer.key, calendar, newest, work.now)
    if len(ids) == PORTION:
        await work.timers.set(FOLLOW, timer.key, work.now, timer.payload)
    elif not timer.payload.get("last"):
        await work.timers.set(FOLLOW, timer.key, work.now + ONCE_MORE, {"last": True})


async def follow_calendar_with_repairs(work: ComplaintsWork, timer: Timer) -> None:
    """One portion of the repairs whose limits are counted in it; once more a little later, as above."""
    calendar, after = calendar_of(await work.calendars.of(timer.key)), timer.payload.get("after")
    ids = await work.repairs.counted_in(timer.key, None if after is None else UUID(after), PORTION)
    for order in (await work.repairs.get_many(ids, for_update=True)).values():
        order.follow_calendar(calendar, work.now)
    last = {"last": True} if timer.payload.get("last") else {}
    if len(ids) == PORTION:
        await work.timers.set(FOLLOW_REPAIRS, timer.key, work.now, {**last, "after": str(ids[-1])})
    elif not last:
        await work.timers.set(FOLLOW_REPAIRS, timer.key, work.now + ONCE_MORE, {"last": True})
