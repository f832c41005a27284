"""Offer a remedy to the customer."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from rapport_contracts.vocabulary import RemedyKind

from rapport_complaints.domain.complaint import Complaint
from rapport_complaints.domain.refusals import ConflictOfInterest
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.command import Command, example, take_up


class Proposal(Command):
    """What is offered (S53, S66); the words of the offer are stored encrypted."""

    model_config = example({"remedy": "refund", "note": "We refund the price and the postage."})

    remedy: RemedyKind
    note: str = Field(min_length=1, max_length=10_000, description="The offer as it was made.")


async def propose(work: ComplaintsWork, complaint_id: UUID, said: Proposal) -> Complaint:
    """Propose a resolution. Somebody whom the complaint is about, or who is barred from handling it, is refused, and the
    attempt stays recorded (回避).

    Raises NotFound, NotAllowed, VersionConflict, Invalid; answers ConflictOfInterest.
    """
    complaint, act = await take_up(work, complaint_id, said)
    if complaint.may_not_handle(act.who):
        complaint.block(act, act.who, "propose")
        work.refuse(ConflictOfInterest())
    else:
        complaint.propose(act, said.remedy)
    return complaint
