"""Say what the clocks have to say: warnings and breaches, each at its exact time, however late the timer fires."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.timers import Timer

from rapport_complaints.work import ComplaintsWork


async def look_at_clocks(work: ComplaintsWork, timers: list[Timer]) -> None:
    """Settle the clocks of a set of timers; two statements load all their complaints."""
    ids = {UUID(timer.payload["complaint_id"]) for timer in timers}
    for complaint in (await work.complaints.get_many(ids, for_update=True)).values():
        complaint.look_at_clocks(work.now)
