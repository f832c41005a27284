"""Start to find out what happened."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.work import Work

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import Complaints


class InvestigationStart(Command):
    """Nothing but the circumstances."""

    model_config = example({"reason": "file-complete"})


async def start_investigation(work: Work, complaint_id: UUID, command: InvestigationStart) -> Complaint:
    """Facts are being gathered.

    Raises NotFound, NotAllowed, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    complaint.start_investigation(act)
    return complaint
