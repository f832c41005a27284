"""Bring a complaint before somebody with more say."""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.fields import Code

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.refusals import ConflictOfInterest
from rapport_complaints.cases.usecases.command import Command, example, take_up
from rapport_complaints.handling.domain.ladder import Addressee, Level
from rapport_complaints.work import ComplaintsWork


class Escalated(Command):
    """Before whom, why, and how high: one level higher than it is by default."""

    model_config = example({"to": {"kind": "role", "code": "complaints-manager"}, "reason": "press-interest"})

    to: Addressee
    reason: Code
    level: Level | None = None


async def escalate(work: ComplaintsWork, complaint_id: UUID, said: Escalated) -> Complaint:
    """Escalate by hand. A person whom the complaint is about, or who handled it before an appeal was upheld, is refused, and
    the attempt stays recorded (回避).

    Raises NotFound, NotAllowed, VersionConflict, Invalid; answers ConflictOfInterest.
    """
    complaint, act = await take_up(work, complaint_id, said)
    if complaint.is_partial(said.to):
        complaint.block(act, said.to.code, "escalate")
        work.refuse(ConflictOfInterest())
    else:
        complaint.escalate(act, said.to, said.level)
    return complaint
