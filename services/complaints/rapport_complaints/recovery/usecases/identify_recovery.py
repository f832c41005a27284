"""Confirm a failure of ours that is to be put right, out of a complaint or for a customer alone."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from rapport_chassis.commands import Command, act_of, example
from rapport_chassis.work import Work
from rapport_contracts.fields import Code, CustomerId
from rapport_kernel.errors import Invalid
from rapport_kernel.ids import new_id

from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.file_complaint import OLDEST
from rapport_complaints.recovery.domain.recovery import RecoveryCase
from rapport_complaints.recovery.store.recoveries import Recoveries
from rapport_complaints.schema import next_number


class NewRecovery(Command):
    """What went wrong, as a code; in words it is the note. Category, unit and staff are those of the complaint when they
    are not said."""

    model_config = example(
        {"complaint_id": "018f6b1e-e6d3-7ad6-8bf9-10a6e0eb5bc8", "failure": "late-delivery", "note": "Four days too late."}
    )

    failure: Code = Field(examples=["late-delivery"])
    complaint_id: UUID | None = Field(default=None, description="Null: nobody complained; then say the customer.")
    customer_id: CustomerId | None = Field(default=None, description="Null: that of the complaint.")
    category: Code | None = None
    unit: Code | None = Field(default=None, description="Whose failure it is; awards are paid from its budget.")
    subject_staff: list[Code] = Field(default_factory=list, max_length=50, description="Whom it is about, opaque ids.")


async def identify_recovery(work: Work, command: NewRecovery) -> RecoveryCase:
    """The case (S65). Raises ConflictOfInterest; Conflict `erased`; Invalid `unknown-complaint`, `nobody-concerned`
    without complaint and customer, `category-missing`, `in-the-future`, `too-long-ago`."""
    at = command.at or work.now
    if at < work.now - OLDEST:
        raise Invalid.at("at", "too-long-ago", "Nobody puts right what happened more than five years ago.")
    complaint = None
    if command.complaint_id is not None:
        complaint = (await work.store(Complaints).get_many([command.complaint_id])).get(command.complaint_id)
        if complaint is None:
            raise Invalid.at("complaint_id", "unknown-complaint", "There is no such complaint.")
    elif command.customer_id is None:
        raise Invalid.at("customer_id", "nobody-concerned", "A recovery is for a complaint or for a customer.")
    category = command.category or (complaint.category if complaint else None)
    if category is None:
        raise Invalid.at("category", "category-missing", "Without a complaint the category has to be said.")
    case_id = new_id()
    customer_id = command.customer_id or (complaint.customer_id if complaint else None)
    case = RecoveryCase(
        id=case_id,
        number=await next_number(work, "S", at.year, "recovery_numbers"),
        failure=command.failure,
        category=category,
        unit=command.unit or (complaint.subject_unit if complaint else None),
        identified_at=at,
        last_at=at,
        keyed_by=customer_id or case_id,
        customer_id=customer_id,
        complaint_id=command.complaint_id,
        subject_staff=sorted({*command.subject_staff, *(complaint.subject_staff if complaint else [])}),
    )
    if customer_id is not None:
        await work.vault.open_for([customer_id])  # nothing is opened for somebody who was forgotten
    case.identify(await act_of(work, case, command))
    return work.store(Recoveries).add(case)
