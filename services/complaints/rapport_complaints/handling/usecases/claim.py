"""Take a complaint oneself."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.commands import Command, load_for_command
from rapport_chassis.work import Work

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.refusals import ConflictOfInterest
from rapport_complaints.cases.store.complaints import Complaints


class Claim(Command):
    """Nothing but the circumstances; who calls takes it."""


async def claim(work: Work, complaint_id: UUID, command: Claim) -> Complaint:
    """Answer for it from now on. Somebody whom the complaint is about, or who handled it before an appeal was upheld, is
    refused, and the attempt stays recorded (回避).

    Raises NotFound, NotAllowed, AlreadyTaken, VersionConflict, Invalid; answers ConflictOfInterest.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    if complaint.may_not_handle(act.who):
        complaint.block(act, act.who, "claim")
        work.refuse(ConflictOfInterest())
    else:
        complaint.claim(act)
    return complaint
