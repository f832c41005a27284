"""Bring a complaint before somebody with more say."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.work import Work
from rapport_contracts.fields import Code

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.ladder import Addressee, Level
from rapport_complaints.cases.domain.refusals import ConflictOfInterest
from rapport_complaints.cases.store.complaints import Complaints


class Escalated(Command):
    """Before whom, why, and how high: one level higher than it is by default."""

    model_config = example({"to": {"kind": "role", "code": "complaints-manager"}, "reason": "press-interest"})

    to: Addressee
    reason: Code
    level: Level | None = None


async def escalate(work: Work, complaint_id: UUID, command: Escalated) -> Complaint:
    """Escalate by hand. A person whom the complaint is about, or who handled it before an appeal was upheld, is refused, and
    the attempt stays recorded (回避).

    Raises NotFound, NotAllowed, VersionConflict, Invalid; answers ConflictOfInterest.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    if complaint.is_partial(command.to):
        complaint.block(act, command.to.code, "escalate")
        work.refuse(ConflictOfInterest())
    else:
        complaint.escalate(act, command.to, command.level)
    return complaint
