"""Decide that a complaint is not upheld."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import RejectionGround

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.refusals import ConflictOfInterest
from rapport_complaints.cases.store.complaints import Complaints


class Rejection(Command):
    """Why it is not upheld; the explanation for the file is the note."""

    model_config = example({"grounds": ["no_failure_found"], "note": "The parcel was handed over and signed for."})

    grounds: list[RejectionGround] = Field(min_length=1, max_length=8)


async def reject(work: Work, complaint_id: UUID, command: Rejection) -> Complaint:
    """Not upheld. The customer is told by `give-feedback`, and may appeal then. Somebody whom the complaint is about, or
    who is barred from handling it, is refused, and the attempt stays recorded (回避).

    Raises NotFound, NotAllowed, VersionConflict, Invalid; answers ConflictOfInterest.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    if complaint.may_not_handle(act.who):
        complaint.block(act, act.who, "reject")
        work.refuse(ConflictOfInterest())
    else:
        complaint.reject(act, command.grounds)
    return complaint
