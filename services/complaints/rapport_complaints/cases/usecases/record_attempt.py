"""Record that the customer did not answer."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.work import Work
from rapport_contracts.vocabulary import Channel

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import Complaints


class Attempt(Command):
    """How he was asked for his decision."""

    model_config = example({"method": "phone", "note": "Nobody answered."})

    method: Channel


async def record_attempt(work: Work, complaint_id: UUID, command: Attempt) -> Complaint:
    """One documented attempt; enough of them allow to close without his decision.

    Raises NotFound, NotAllowed, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    complaint.record_attempt(act, command.method)
    return complaint
