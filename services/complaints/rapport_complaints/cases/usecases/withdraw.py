"""The customer takes his complaint back."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.work import Work
from rapport_contracts.fields import Code

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import Complaints


class Withdrawal(Command):
    """Why; a reason is needed."""

    model_config = example({"reason": "customer-withdrew"})

    reason: Code


async def withdraw(work: Work, complaint_id: UUID, command: Withdrawal) -> Complaint:
    """End it; its clocks stop.

    Raises NotFound, NotAllowed, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    complaint.withdraw(act)
    return complaint
