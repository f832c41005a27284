"""Wait for the customer or a third party."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import PauseReason

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import Complaints


class Pause(Command):
    """For whom the complaint waits."""

    model_config = example({"reason": "awaiting_customer", "note": "Asked for the delivery note."})

    reason: Literal[PauseReason.AWAITING_CUSTOMER, PauseReason.AWAITING_THIRD_PARTY]


async def pause(work: Work, complaint_id: UUID, command: Pause) -> Complaint:
    """The resolution clock stands still until the complaint is resumed.

    Raises NotFound, NotAllowed, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    complaint.pause(act, command.reason)
    return complaint
