"""Take a request for a repair in."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from rapport_contracts.fields import Code, CustomerId
from rapport_kernel.errors import Invalid
from rapport_kernel.ids import new_id

from rapport_complaints.cases.usecases.chronicled import act_upon
from rapport_complaints.cases.usecases.command import Command, example
from rapport_complaints.cases.usecases.file_complaint import OLDEST
from rapport_complaints.clocks.domain.policies import calendar_of
from rapport_complaints.repairs.domain.repair import WorkOrder
from rapport_complaints.repairs.domain.repair_data import REPAIR_POLICY
from rapport_complaints.work import ComplaintsWork


class NewRepair(Command):
    """What is to be repaired is the note. `at` is when it was requested; both limits count from there."""

    model_config = example(
        {"category": "water", "touchpoint": "hotline", "note": "The tap in the kitchen drips.", "at": "2026-11-20T02:00:00Z"}
    )

    category: Code = Field(examples=["water"])
    note: str = Field(min_length=1, max_length=10_000, description="What is broken, and where; stored encrypted.")
    customer_id: CustomerId | None = Field(default=None, description="Null: that of the complaint, if there is one.")
    complaint_id: UUID | None = Field(default=None, description="The complaint that it belongs to.")
    touchpoint: Code | None = None


async def request_repair(work: ComplaintsWork, said: NewRepair) -> WorkOrder:
    """Number, limits, and the customer of the complaint (S62). Raises Invalid `unknown-complaint`, `in-the-future`,
    `too-long-ago`."""
    requested_at = said.at or work.now
    if requested_at < work.now - OLDEST:
        raise Invalid.at("at", "too-long-ago", "Nobody waits for a repair for more than five years.")
    customer_id = said.customer_id
    if said.complaint_id is not None:
        found = await work.complaints.get_many([said.complaint_id])
        if said.complaint_id not in found:
            raise Invalid.at("complaint_id", "unknown-complaint", "There is no such complaint.")
        customer_id = customer_id or found[said.complaint_id].customer_id
    repair_id = new_id()
    order = WorkOrder(
        id=repair_id,
        number=await work.repairs.number("R", requested_at.year, "repair_numbers"),
        category=said.category,
        requested_at=requested_at,
        last_at=requested_at,
        keyed_by=customer_id or repair_id,
        customer_id=customer_id,
        complaint_id=said.complaint_id,
        touchpoint=said.touchpoint,
    )
    act = await act_upon(work, order, said)
    versions = await work.repair_policies.in_force(requested_at)
    policy = next(version for version in versions if version.code == REPAIR_POLICY)
    order.request(act, policy, calendar_of(await work.calendars.of(policy.body.calendar)))
    return work.repairs.add(order)
