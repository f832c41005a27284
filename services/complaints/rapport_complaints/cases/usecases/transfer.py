"""Hand a complaint over to another organisation or department."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.work import Work
from rapport_contracts.fields import Code

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import Complaints


class Transfer(Command):
    """Who answers for it now, and why; a reason is needed."""

    model_config = example({"to": "partner-bank", "reason": "their-product", "note": "Mrs Li confirmed that she took it."})

    to: Code
    reason: Code


async def transfer(work: Work, complaint_id: UUID, command: Transfer) -> Complaint:
    """End it here; its clocks stop.

    Raises NotFound, NotAllowed, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    complaint.transfer(act, command.to)
    return complaint
