"""A calendar was edited: reckon the clocks that run under it anew, in portions."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.timers import Timer

from rapport_complaints.domain.policies import calendar_of
from rapport_complaints.store.work import ComplaintsWork

FOLLOW = "calendar.follow"
"""The kind of timer that carries the portions; its key is the calendar."""
PORTION = 200


async def follow_calendar(work: ComplaintsWork, timer: Timer) -> None:
    """One portion; the next one is a timer that is due at once."""
    after = timer.payload.get("after")
    ids = await work.complaints.under_calendar(timer.key, UUID(after) if after else None, PORTION)
    versions = await work.calendars.of(timer.key)
    calendar = calendar_of(versions)
    for complaint in (await work.complaints.get_many(ids, for_update=True)).values():
        complaint.follow_calendar(timer.key, calendar, versions[-1].version, work.now)
    if len(ids) == PORTION:
        await work.timers.set(FOLLOW, timer.key, work.now, {"after": str(ids[-1])})
