"""Say who answers for a complaint."""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.fields import Code

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.refusals import ConflictOfInterest
from rapport_complaints.cases.usecases.command import Command, example, take_up
from rapport_complaints.work import ComplaintsWork


class Assignment(Command):
    """Who answers for it: an opaque staff id."""

    model_config = example({"assignee": "agent-7", "reason": "knows-the-carrier"})

    assignee: Code


async def assign(work: ComplaintsWork, complaint_id: UUID, said: Assignment) -> Complaint:
    """Assign, or assign anew. Somebody whom the complaint is about, or who handled it before an appeal was upheld,
    is refused, and the attempt stays recorded (回避).

    Raises NotFound, NotAllowed, VersionConflict, Invalid; answers ConflictOfInterest.
    """
    complaint, act = await take_up(work, complaint_id, said)
    if complaint.may_not_handle(said.assignee):
        complaint.block(act, said.assignee)
        work.refuse(ConflictOfInterest())
    else:
        complaint.assign(act, said.assignee)
    return complaint
