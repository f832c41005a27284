"""Hand a complaint over to another organisation or department."""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.fields import Code

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.usecases.command import Command, example, take_up
from rapport_complaints.handling.usecases.work_on_major import case_at_the_end, end_case
from rapport_complaints.work import ComplaintsWork


class Transfer(Command):
    """Who answers for it now, and why; a reason is needed."""

    model_config = example({"to": "partner-bank", "reason": "their-product", "note": "Mrs Li confirmed that she took it."})

    to: Code
    reason: Code


async def transfer(work: ComplaintsWork, complaint_id: UUID, said: Transfer) -> Complaint:
    """End it here; its clocks stop.

    Raises NotFound, NotAllowed, VersionConflict, Invalid.
    """
    complaint, act = await take_up(work, complaint_id, said)
    case = await case_at_the_end(work, complaint)
    complaint.transfer(act, said.to)
    end_case(case, complaint, act)
    return complaint
