"""Take a complaint oneself."""

from __future__ import annotations

from uuid import UUID

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.refusals import ConflictOfInterest
from rapport_complaints.cases.usecases.command import Command, take_up
from rapport_complaints.work import ComplaintsWork


class Claim(Command):
    """Nothing but the circumstances; who calls takes it."""


async def claim(work: ComplaintsWork, complaint_id: UUID, said: Claim) -> Complaint:
    """Answer for it from now on. Somebody whom the complaint is about, or who handled it before an appeal was upheld, is
    refused, and the attempt stays recorded (回避).

    Raises NotFound, NotAllowed, AlreadyTaken, VersionConflict, Invalid; answers ConflictOfInterest.
    """
    complaint, act = await take_up(work, complaint_id, said)
    if complaint.may_not_handle(act.who):
        complaint.block(act, act.who, "claim")
        work.refuse(ConflictOfInterest())
    else:
        complaint.claim(act)
    return complaint
