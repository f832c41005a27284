"""Give a complaint back to the queue."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.work import Work
from rapport_contracts.fields import Code

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import Complaints


class Release(Command):
    """Why it is given back; a reason is needed."""

    model_config = example({"reason": "end-of-shift", "note": "The carrier calls back tomorrow."})

    reason: Code


async def release(work: Work, complaint_id: UUID, command: Release) -> Complaint:
    """Nobody answers for it until somebody takes it or is assigned. Only who has it gives it back; others assign it anew.

    Raises NotFound, NotAllowed, NotYours, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    complaint.release(act, command.reason)
    return complaint
