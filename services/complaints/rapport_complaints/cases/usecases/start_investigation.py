"""Start to find out what happened."""

from __future__ import annotations

from uuid import UUID

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.usecases.command import Command, example, take_up
from rapport_complaints.work import ComplaintsWork


class InvestigationStart(Command):
    """Nothing but the circumstances."""

    model_config = example({"reason": "file-complete"})


async def start_investigation(work: ComplaintsWork, complaint_id: UUID, said: InvestigationStart) -> Complaint:
    """Facts are being gathered.

    Raises NotFound, NotAllowed, VersionConflict, Invalid.
    """
    complaint, act = await take_up(work, complaint_id, said)
    complaint.start_investigation(act)
    return complaint
