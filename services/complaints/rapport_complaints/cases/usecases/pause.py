"""Wait for the customer or a third party."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from rapport_contracts.complaints.vocabulary import PauseReason

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.usecases.command import Command, example, take_up
from rapport_complaints.work import ComplaintsWork


class Pause(Command):
    """For whom the complaint waits."""

    model_config = example({"reason": "awaiting_customer", "note": "Asked for the delivery note."})

    reason: Literal[PauseReason.AWAITING_CUSTOMER, PauseReason.AWAITING_THIRD_PARTY]


async def pause(work: ComplaintsWork, complaint_id: UUID, said: Pause) -> Complaint:
    """The resolution clock stands still until the complaint is resumed.

    Raises NotFound, NotAllowed, VersionConflict, Invalid.
    """
    complaint, act = await take_up(work, complaint_id, said)
    complaint.pause(act, said.reason)
    return complaint
