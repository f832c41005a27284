"""Take a request for a repair in."""

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
from rapport_complaints.clocks.domain.policies import calendar_of
from rapport_complaints.clocks.store.versions import CALENDARS
from rapport_complaints.repairs.domain.repair import WorkOrder
from rapport_complaints.repairs.domain.repair_data import REPAIR_POLICY
from rapport_complaints.repairs.store.repairs import Repairs
from rapport_complaints.repairs.store.versions import REPAIR_POLICIES
from rapport_complaints.schema import next_number


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


async def request_repair(work: Work, command: NewRepair) -> WorkOrder:
    """Number, limits, and the customer of the complaint (S62). Raises Invalid `unknown-complaint`, `in-the-future`,
    `too-long-ago`."""
    requested_at = command.at or work.now
    if requested_at < work.now - OLDEST:
        raise Invalid.at("at", "too-long-ago", "Nobody waits for a repair for more than five years.")
    customer_id = command.customer_id
    if command.complaint_id is not None:
        found = await work.store(Complaints).get_many([command.complaint_id])
        if command.complaint_id not in found:
            raise Invalid.at("complaint_id", "unknown-complaint", "There is no such complaint.")
        customer_id = customer_id or found[command.complaint_id].customer_id
    repair_id = new_id()
    order = WorkOrder(
        id=repair_id,
        number=await next_number(work, "R", requested_at.year, "repair_numbers"),
        category=command.category,
        requested_at=requested_at,
        last_at=requested_at,
        keyed_by=customer_id or repair_id,
        customer_id=customer_id,
        complaint_id=command.complaint_id,
        touchpoint=command.touchpoint,
    )
    act = await act_of(work, order, command)
    versions = await work.store(REPAIR_POLICIES).in_force(requested_at)
    policy = next(version for version in versions if version.code == REPAIR_POLICY)
    order.request(act, policy, calendar_of(await work.store(CALENDARS).of(policy.body.calendar)))
    return work.store(Repairs).add(order)
