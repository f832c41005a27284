"""Say what the clocks have to say: warnings and breaches, each at its exact time, however late the timer fires."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.timers import Timer
from rapport_chassis.work import Work

from rapport_complaints.cases.store.complaints import Complaints


async def look_at_clocks(work: Work, timers: list[Timer]) -> None:
    """Settle the clocks of a set of timers; two statements load all their complaints."""
    ids = {UUID(timer.payload["complaint_id"]) for timer in timers}
    for complaint in (await work.store(Complaints).get_many(ids, for_update=True)).values():
        complaint.check_clocks(work.now)
