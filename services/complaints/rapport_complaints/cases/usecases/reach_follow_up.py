"""The day on which a customer is to be asked once more has come."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.timers import Timer
from rapport_chassis.work import Work
from rapport_kernel.history import Act

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import Complaints

FOLLOW_UP = "follow-up.due"
"""The kind of timer that makes follow-ups due; its key is the complaint."""


async def plan_follow_up(work: Work, complaint: Complaint) -> None:
    """Set the timer of a follow-up that was scheduled."""
    if complaint.follow_up_at is not None:
        await work.timers.set(FOLLOW_UP, complaint.id, complaint.follow_up_at)


async def reach_follow_up(work: Work, timers: list[Timer]) -> None:
    """Make a set of follow-ups due, each at its exact time, however late the timer fires. One that was done early, or
    that a withdrawal or an appeal made pointless, is none any more."""
    ids = [UUID(timer.key) for timer in timers]
    for complaint in (await work.store(Complaints).get_many(ids, for_update=True)).values():
        due = complaint.follow_up_at
        if due is None or due > work.now or complaint.state != "feedback_given" or not complaint.awaits_follow_up:
            continue
        at = max(due, complaint.last_at)
        complaint.reach_follow_up(Act(at=at, recorded_at=work.now, by=str(work.actor), reason="follow-up-due"))
