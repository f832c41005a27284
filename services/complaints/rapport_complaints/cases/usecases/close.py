"""Close a complaint."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.commands import Command, load_for_command
from rapport_chassis.work import Work

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.handling.usecases.majors import case_at_the_end, end_case


class Closing(Command):
    """Nothing but the circumstances."""


async def close(work: Work, complaint_id: UUID, command: Closing) -> Complaint:
    """Close it when nothing is missing any more.

    Raises NotFound, NotAllowed, CloseGuard, ChecklistIncomplete, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    case = await case_at_the_end(work, complaint)
    complaint.close(act)
    end_case(case, complaint, act, complete=True)
    return complaint
