"""The customer contacted us, or we contacted them: their waiting begins or ends (S66)."""

from __future__ import annotations

from datetime import datetime

from rapport_chassis.work import Work

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.targets import pinned_basis
from rapport_complaints.clocks.usecases.calendars import calendars_of


async def customer_spoke(work: Work, complaint: Complaint, at: datetime) -> None:
    """They wait from then on, unless they were answered since. Only policies with a limit for updates care."""
    if complaint.policy is None or complaint.acknowledged_at is None:
        return
    basis = await pinned_basis(work, complaint)
    if basis is None or all(each.rule.update is None for each in basis.all):
        return
    answered_at, _ = await work.store(Complaints).last_contact_times(complaint.id)
    complaint.heard(at, basis, answered_at)


async def agent_spoke(work: Work, complaint: Complaint, at: datetime) -> None:
    """They wait no longer, unless they contacted us again since. Costs nothing when no update clock runs."""
    waited = complaint.waited_for(at)
    if not waited:
        return
    _, heard_at = await work.store(Complaints).last_contact_times(complaint.id)
    if heard_at is None or heard_at <= at:
        complaint.spoke(at)
    else:
        complaint.spoke(at, heard_at, await calendars_of(work, {clock.calendar for clock in waited}))
