"""The customer takes his complaint back."""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.fields import Code

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.usecases.command import Command, example, take_up
from rapport_complaints.handling.usecases.work_on_major import case_at_the_end, end_case
from rapport_complaints.work import ComplaintsWork


class Withdrawal(Command):
    """Why; a reason is needed."""

    model_config = example({"reason": "customer-withdrew"})

    reason: Code


async def withdraw(work: ComplaintsWork, complaint_id: UUID, said: Withdrawal) -> Complaint:
    """End it; its clocks stop.

    Raises NotFound, NotAllowed, VersionConflict, Invalid.
    """
    complaint, act = await take_up(work, complaint_id, said)
    case = await case_at_the_end(work, complaint)
    complaint.withdraw(act)
    end_case(case, complaint, act)
    return complaint
