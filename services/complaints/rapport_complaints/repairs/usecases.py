"""Repairs (S62, S133): request one, work on it, and follow an edited calendar."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from rapport_chassis.commands import Command, act_of, example, load_for_command
from rapport_chassis.timers import Timer
from rapport_chassis.versions import Since
from rapport_chassis.work import Work
from rapport_contracts.codes import NewCode, NewStaffId
from rapport_contracts.fields import CustomerId, UtcTime
from rapport_kernel.errors import Invalid
from rapport_kernel.ids import new_id
from rapport_kernel.versions import Version

from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.filing import OLDEST
from rapport_complaints.clocks.domain.policies import calendar_of
from rapport_complaints.clocks.store import CALENDARS
from rapport_complaints.clocks.usecases import FOLLOW_REPAIRS, ONCE_MORE, PORTION, demand_calendar
from rapport_complaints.repairs.domain import Repair, RepairPolicy
from rapport_complaints.repairs.store import REPAIR_POLICIES, VENDORS, Repairs
from rapport_complaints.schema import next_number


class NewRepair(Command):
    """The note says what is to be repaired. `at` is when it was requested; both limits count from there."""

    model_config = example(
        {"category": "water", "touchpoint": "hotline", "note": "The tap in the kitchen drips.", "at": "2026-11-20T02:00:00Z"}
    )

    category: NewCode = Field(examples=["water"])
    note: str = Field(min_length=1, max_length=10_000, description="What is broken, and where; stored encrypted.")
    customer_id: CustomerId | None = Field(default=None, description="Null: that of the complaint, if there is one.")
    complaint_id: UUID | None = Field(default=None, description="The complaint that it belongs to.")
    touchpoint: NewCode | None = None


class RepairAcceptance(Command):
    """That the company accepts the repair."""

    model_config = example({"note": "Told her that somebody comes this week."})


class VendorAssignment(Command):
    """The vendor: a code of the register."""

    model_config = example({"vendor": "v-017", "reason": "nearest"})

    vendor: NewCode


class Appointment(Command):
    """When the vendor comes."""

    model_config = example({"appointment_at": "2026-11-24T06:00:00Z"})

    appointment_at: UtcTime


class WorkStart(Command):
    """That work has begun."""


class NewVisit(Command):
    """The worker and the outcome; the note says what was found."""

    model_config = example({"worker": "w-3", "outcome": "parts-missing", "note": "The seal has to be ordered."})

    worker: NewStaffId = Field(description="An opaque code.")
    outcome: NewCode


class Completion(Command):
    """That the work is done."""

    model_config = example({"note": "New seal, tested for ten minutes."})


class ResultAcceptance(Command):
    """That the customer is content; their words go into the note."""


class ResultRefusal(Command):
    """Why the customer is not content."""

    model_config = example({"reason": "still-broken", "note": "It drips again."})

    reason: NewCode


class RepairCancellation(Command):
    """Why it will not be done."""

    model_config = example({"reason": "customer-withdrew"})

    reason: NewCode


class RepairOfComplaint(Command):
    """The complaint that the repair belongs to."""

    model_config = example({"complaint_id": "018f6b1e-e1e6-7ad6-8bf9-10a6e0eb5bc8"})

    complaint_id: UUID


class NewRepairPolicy(Since, RepairPolicy):
    """The limits, effective from a date, for repairs requested from then on."""


async def request_repair(work: Work, command: NewRepair) -> Repair:
    """Number, limits, and the customer of the complaint (S62). Raises Invalid `unknown-complaint`, `in-the-future`,
    `too-long-ago`."""
    requested_at = command.at or work.now
    if requested_at < work.now - OLDEST:
        raise Invalid.at("at", "too-long-ago", years=5)
    customer_id = command.customer_id
    if command.complaint_id is not None:
        found = await work.store(Complaints).get_many([command.complaint_id])
        if command.complaint_id not in found:
            raise Invalid.at("complaint_id", "unknown-complaint")
        customer_id = customer_id or found[command.complaint_id].customer_id
    repair_id = new_id()
    repair = Repair(
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
    act = await act_of(work, repair, command)
    policy = await work.store(REPAIR_POLICIES).current(requested_at)
    repair.request(act, policy, calendar_of(await work.store(CALENDARS).of(policy.body.calendar)))
    return work.store(Repairs).add(repair)


async def assign_vendor(work: Work, repair_id: UUID, command: VendorAssignment) -> Repair:
    """A vendor of the register gets it. Raises Invalid `unknown-vendor`, `vendor-does-not-fit`."""
    repair, act = await load_for_command(work, Repairs, repair_id, command)
    vendors = {version.code: version.body for version in await work.store(VENDORS).in_force(work.now)}
    if command.vendor not in vendors:
        raise Invalid.at("vendor", "unknown-vendor")
    repair.assign_vendor(act, command.vendor, vendors[command.vendor])
    return repair


async def accept_result(work: Work, repair_id: UUID, command: ResultAcceptance) -> Repair:
    """The customer is content. Raises ApproverInvolved."""
    repair, act = await load_for_command(work, Repairs, repair_id, command)
    linked = await work.store(Complaints).get_many([repair.complaint_id] if repair.complaint_id is not None else [])
    repair.accept_result(act, [staff for complaint in linked.values() for staff in complaint.subject_staff])
    return repair


async def refuse_result(work: Work, repair_id: UUID, command: ResultRefusal) -> Repair:
    """The customer is not content: the limit for completing runs on, by the calendar as it is now."""
    repair, act = await load_for_command(work, Repairs, repair_id, command)
    repair.refuse_result(act, calendar_of(await work.store(CALENDARS).of(repair.calendar)))
    return repair


async def link_repair(work: Work, repair_id: UUID, command: RepairOfComplaint) -> Repair:
    """It belongs to a complaint. Raises Invalid `unknown-complaint`, Conflict `has-complaint`."""
    repair, act = await load_for_command(work, Repairs, repair_id, command)
    if not await work.store(Complaints).get_many([command.complaint_id]):
        raise Invalid.at("complaint_id", "unknown-complaint")
    repair.link(act, command.complaint_id)
    return repair


async def put_repair_policy(work: Work, code: str, data: NewRepairPolicy) -> Version[RepairPolicy]:
    """Add a version. Raises NotFound for another code than `standard`, Invalid `unknown-calendar`."""
    work.store(REPAIR_POLICIES).demand(code)
    await demand_calendar(work, data.calendar)
    return await work.store(REPAIR_POLICIES).put(code, data)


async def follow_calendar(work: Work, timer: Timer) -> None:
    """One portion of the repairs whose limits are counted in the calendar; all of them again a little later."""
    calendar, after = calendar_of(await work.store(CALENDARS).of(timer.key)), timer.payload.get("after")
    ids = await work.store(Repairs).counted_in(timer.key, None if after is None else UUID(after), PORTION)
    for repair in (await work.store(Repairs).get_many(ids, for_update=True)).values():
        repair.follow_calendar(calendar, work.now)
    last = {"last": True} if timer.payload.get("last") else {}
    if len(ids) == PORTION:
        await work.timers.set(FOLLOW_REPAIRS, timer.key, work.now, {**last, "after": str(ids[-1])})
    elif not last:
        await work.timers.set(FOLLOW_REPAIRS, timer.key, work.now + ONCE_MORE, {"last": True})
