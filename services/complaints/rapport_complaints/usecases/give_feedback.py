"""Tell the customer the result and thank him."""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.vocabulary import Channel

from rapport_complaints.domain.complaint import Complaint
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.command import Command, example, take_up


class Feedback(Command):
    """How he was told (S54)."""

    model_config = example({"method": "email", "note": "Told him the result and thanked him."})

    method: Channel


async def give_feedback(work: ComplaintsWork, complaint_id: UUID, said: Feedback) -> Complaint:
    """The result was communicated.

    Raises NotFound, NotAllowed, AttemptsMissing, VersionConflict, Invalid.
    """
    complaint, act = await take_up(work, complaint_id, said)
    complaint.give_feedback(act, said.method)
    return complaint
