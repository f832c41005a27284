"""Close a complaint."""

from __future__ import annotations

from uuid import UUID

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.usecases.command import Command, take_up
from rapport_complaints.handling.usecases.work_on_major import case_at_the_end, end_case
from rapport_complaints.work import ComplaintsWork


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
