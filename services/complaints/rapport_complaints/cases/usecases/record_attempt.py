"""Record that the customer did not answer."""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.vocabulary import Channel

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.usecases.command import Command, example, take_up
from rapport_complaints.work import ComplaintsWork


class Attempt(Command):
    """How he was asked for his decision."""

    model_config = example({"method": "phone", "note": "Nobody answered."})

    method: Channel


async def record_attempt(work: ComplaintsWork, complaint_id: UUID, said: Attempt) -> Complaint:
    """One documented attempt; enough of them allow to close without his decision.

    Raises NotFound, NotAllowed, VersionConflict, Invalid.
    """
    complaint, act = await take_up(work, complaint_id, said)
    complaint.record_attempt(act, said.method)
    return complaint
