"""Close a complaint."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.commands import Command, load_for_command
from rapport_chassis.work import Work

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import Complaints


class Closing(Command):
    """Nothing but the circumstances."""


async def close(work: Work, complaint_id: UUID, command: Closing) -> Complaint:
    """Close it when nothing is missing any more.

    Raises NotFound, NotAllowed, CloseGuard, ChecklistIncomplete, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    complaint.close(act)
    return complaint
