"""Give a complaint back to the queue."""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.fields import Code

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.usecases.command import Command, example, take_up
from rapport_complaints.work import ComplaintsWork


class Release(Command):
    """Why it is given back; a reason is needed."""

    model_config = example({"reason": "end-of-shift", "note": "The carrier calls back tomorrow."})

    reason: Code


async def release(work: ComplaintsWork, complaint_id: UUID, said: Release) -> Complaint:
    """Nobody answers for it until somebody takes it or is assigned. Only who has it gives it back; others assign it anew.

    Raises NotFound, NotAllowed, NotYours, VersionConflict, Invalid.
    """
    complaint, act = await take_up(work, complaint_id, said)
    complaint.release(act, said.reason)
    return complaint
