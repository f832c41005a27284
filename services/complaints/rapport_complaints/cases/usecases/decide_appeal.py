"""Decide an appeal."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.work import Work
from rapport_contracts.fields import Code
from rapport_kernel.errors import Invalid

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.refusals import ConflictOfInterest
from rapport_complaints.cases.store.complaints import Complaints


class AppealDecision(Command):
    """Whether it is upheld, and why; a reason is needed. Upheld, it names the `assignee` who finds out anew."""

    model_config = example({"upheld": True, "assignee": "agent-12", "reason": "evidence-overlooked"})

    upheld: bool
    assignee: Code | None = None
    reason: Code


async def decide_appeal(work: Work, complaint_id: UUID, command: AppealDecision) -> Complaint:
    """Upheld: another handler investigates. Dismissed: the decision stands, and the customer has to be told. Whoever
    handled or decided the complaint before, or is its subject, neither decides the appeal nor takes it up; the attempt
    stays recorded (回避).

    Raises NotFound, NotAllowed, VersionConflict, Invalid; answers ConflictOfInterest.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    if command.upheld != (command.assignee is not None):
        raise Invalid.at("assignee", "assignee-of-appeal", "An upheld appeal names who takes it up, a dismissed one nobody.")
    partial = complaint.partial_in_appeal(act.who, command.assignee)
    if partial is not None:
        complaint.block(act, partial, "dismiss-appeal")
        work.refuse(ConflictOfInterest())
    elif command.assignee is not None:
        complaint.uphold_appeal(act, command.assignee)
    else:
        complaint.dismiss_appeal(act)
    return complaint
