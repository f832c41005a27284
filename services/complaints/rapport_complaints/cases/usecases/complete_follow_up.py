"""Ask the customer once more whether the answer has held."""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.complaints.vocabulary import FollowUpResult

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.usecases.command import Command, example, take_up
from rapport_complaints.work import ComplaintsWork


class FollowUp(Command):
    """What came of it; his words are the note."""

    model_config = example({"result": "content", "note": "The second parcel arrived."})

    result: FollowUpResult


async def complete_follow_up(work: ComplaintsWork, complaint_id: UUID, said: FollowUp) -> Complaint:
    """He was asked; nothing but closing is left.

    Raises NotFound, NotAllowed, NoFollowUp, VersionConflict, Invalid.
    """
    complaint, act = await take_up(work, complaint_id, said)
    complaint.complete_follow_up(act, said.result)
    return complaint
