"""Say who answers for a complaint."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.work import Work
from rapport_contracts.fields import Code

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.refusals import ConflictOfInterest
from rapport_complaints.cases.store.complaints import Complaints


class Assignment(Command):
    """Who answers for it: an opaque staff id."""

    model_config = example({"assignee": "agent-7", "reason": "knows-the-carrier"})

    assignee: Code


async def assign(work: Work, complaint_id: UUID, command: Assignment) -> Complaint:
    """Assign, or assign anew. Somebody whom the complaint is about, or who handled it before an appeal was upheld,
    is refused, and the attempt stays recorded (回避).

    Raises NotFound, NotAllowed, VersionConflict, Invalid; answers ConflictOfInterest.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    if complaint.may_not_handle(command.assignee):
        complaint.block(act, command.assignee)
        work.refuse(ConflictOfInterest())
    else:
        complaint.assign(act, command.assignee)
    return complaint
