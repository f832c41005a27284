"""Carry out the accepted remedy."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.work import Work

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import Complaints


class Resolution(Command):
    """Nothing but the circumstances."""

    model_config = example({"note": "Refund booked."})


async def resolve(work: Work, complaint_id: UUID, command: Resolution) -> Complaint:
    """The accepted remedy was carried out.

    Raises NotFound, NotAllowed, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    complaint.resolve(act)
    return complaint
