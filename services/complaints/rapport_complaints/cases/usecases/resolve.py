"""Carry out the accepted remedy."""

from __future__ import annotations

from uuid import UUID

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.usecases.command import Command, example, take_up
from rapport_complaints.work import ComplaintsWork


class Resolution(Command):
    """Nothing but the circumstances."""

    model_config = example({"note": "Refund booked."})


async def resolve(work: ComplaintsWork, complaint_id: UUID, said: Resolution) -> Complaint:
    """The accepted remedy was carried out.

    Raises NotFound, NotAllowed, VersionConflict, Invalid.
    """
    complaint, act = await take_up(work, complaint_id, said)
    complaint.resolve(act)
    return complaint
