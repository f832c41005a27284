"""Record one step of finding out."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from rapport_contracts.vocabulary import InvestigationMethod

from rapport_complaints.domain.complaint import Complaint
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.command import Command, example, take_up


class InvestigationStep(Command):
    """By which method, and what was found; the findings are free text and stored encrypted."""

    model_config = example({"method": "record_review", "note": "The depot has no scan of the parcel."})

    method: InvestigationMethod
    note: str = Field(min_length=1, max_length=10_000, description="What was found.")


async def record_step(work: ComplaintsWork, complaint_id: UUID, said: InvestigationStep) -> Complaint:
    """One step (S51): a talk with the customer, a look into records, a visit.

    Raises NotFound, NotAllowed, VersionConflict, Invalid.
    """
    complaint, act = await take_up(work, complaint_id, said)
    complaint.record_step(act, said.method)
    return complaint
