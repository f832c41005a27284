"""What happens to clocks by itself: their timers fire, and calendars that they run under are edited."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.timers import Timer
from rapport_chassis.work import Work

from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.clocks.domain.policies import calendar_of
from rapport_complaints.clocks.store.versions import CALENDARS
from rapport_complaints.clocks.usecases.calendars import FOLLOW, ONCE_MORE, PORTION


async def check_clocks(work: Work, timers: list[Timer]) -> None:
    """Settle the clocks of a set of timers; two statements load all their complaints."""
    ids = {UUID(timer.payload["complaint_id"]) for timer in timers}
    for complaint in (await work.store(Complaints).get_many(ids, for_update=True)).values():
        complaint.check_clocks(work.now)


async def follow_calendar(work: Work, timer: Timer) -> None:
    """One portion of the clocks that are behind; the next portion is a timer that is due at once."""
    versions = await work.store(CALENDARS).of(timer.key)
    newest = versions[-1].version
    ids = await work.store(Complaints).behind_calendar(timer.key, newest, PORTION)
    calendar = calendar_of(versions)
    for complaint in (await work.store(Complaints).get_many(ids, for_update=True)).values():
        complaint.follow_calendar(timer.key, calendar, newest, work.now)
    if len(ids) == PORTION:
        await work.timers.set(FOLLOW, timer.key, work.now, timer.payload)
    elif not timer.payload.get("last"):
        await work.timers.set(FOLLOW, timer.key, work.now + ONCE_MORE, {"last": True})
