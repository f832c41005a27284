"""Close a complaint."""

from __future__ import annotations

from uuid import UUID

from rapport_complaints.domain.cases.complaint import Complaint
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.command import Command, take_up
from rapport_complaints.usecases.handling.work_on_major import case_at_the_end, end_case


class Closing(Command):
    """Nothing but the circumstances."""


async def close(work: ComplaintsWork, complaint_id: UUID, said: Closing) -> Complaint:
    """Close it when nothing is missing any more.

    Raises NotFound, NotAllowed, CloseGuard, ChecklistIncomplete, VersionConflict, Invalid.
    """
    complaint, act = await take_up(work, complaint_id, said)
    case = await case_at_the_end(work, complaint)
    complaint.close(act)
    end_case(case, complaint, act, complete=True)
    return complaint
