"""Close a complaint."""

from __future__ import annotations

from uuid import UUID

from rapport_complaints.domain.complaint import Complaint
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.command import Command, take_up


class Closing(Command):
    """Nothing but the circumstances."""


async def close(work: ComplaintsWork, complaint_id: UUID, said: Closing) -> Complaint:
    """Close it when nothing is missing any more.

    Raises NotFound, NotAllowed, CloseGuard, VersionConflict, Invalid.
    """
    complaint, act = await take_up(work, complaint_id, said)
    complaint.close(act)
    return complaint
