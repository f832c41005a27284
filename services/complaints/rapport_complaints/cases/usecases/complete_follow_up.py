"""Ask the customer once more whether the answer has held."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import FollowUpResult

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import Complaints


class FollowUp(Command):
    """What came of it; his words are the note."""

    model_config = example({"result": "content", "note": "The second parcel arrived."})

    result: FollowUpResult


async def complete_follow_up(work: Work, complaint_id: UUID, command: FollowUp) -> Complaint:
    """He was asked; nothing but closing is left.

    Raises NotFound, NotAllowed, NoFollowUp, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    complaint.complete_follow_up(act, command.result)
    return complaint
