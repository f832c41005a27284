"""Everything that happens to a repair after its request. Each answers the repair, and raises NotFound, NotAllowed,
VersionConflict, and Invalid for a time that cannot be."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.work import Work
from rapport_contracts.fields import Code, UtcTime
from rapport_kernel.errors import Invalid

from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.clocks.domain.policies import calendar_of
from rapport_complaints.clocks.store.versions import CALENDARS
from rapport_complaints.repairs.domain.repair import WorkOrder
from rapport_complaints.repairs.store.repairs import Repairs
from rapport_complaints.repairs.store.versions import VENDORS


class RepairAcceptance(Command):
    """Nothing but the circumstances."""

    model_config = example({"note": "Told her that somebody comes this week."})


class VendorAssignment(Command):
    """Who repairs it: the code of a vendor of the register."""

    model_config = example({"vendor": "v-017", "reason": "nearest"})

    vendor: Code


class Appointment(Command):
    """When somebody comes."""

    model_config = example({"appointment_at": "2026-11-24T06:00:00Z"})

    appointment_at: UtcTime


class WorkStart(Command):
    """Nothing but the circumstances."""


class NewVisit(Command):
    """Who was there, and with what outcome; what was found is the note."""

    model_config = example({"worker": "w-3", "outcome": "parts-missing", "note": "The seal has to be ordered."})

    worker: Code = Field(description="An opaque code.")
    outcome: Code


class Completion(Command):
    """Nothing but the circumstances."""

    model_config = example({"note": "New seal, tried for ten minutes."})


class ResultAcceptance(Command):
    """Nothing but the circumstances; the customer's words are the note."""


class ResultRefusal(Command):
    """Why the customer is not content."""

    model_config = example({"reason": "still-broken", "note": "It drips again."})

    reason: Code


class RepairCancellation(Command):
    """Why it will not be done."""

    model_config = example({"reason": "customer-withdrew"})

    reason: Code


class RepairOfComplaint(Command):
    """The complaint that it belongs to."""

    model_config = example({"complaint_id": "018f6b1e-e1e6-7ad6-8bf9-10a6e0eb5bc8"})

    complaint_id: UUID


async def accept_repair(work: Work, repair_id: UUID, command: RepairAcceptance) -> WorkOrder:
    """The company takes it on; ends the limit for responding."""
    order, act = await load_for_command(work, Repairs, repair_id, command)
    order.accept(act)
    return order


async def assign_vendor(work: Work, repair_id: UUID, command: VendorAssignment) -> WorkOrder:
    """Give it to a vendor. Raises Invalid `unknown-vendor`, `vendor-does-not-fit`."""
    order, act = await load_for_command(work, Repairs, repair_id, command)
    vendors = {version.code: version.body for version in await work.store(VENDORS).in_force(work.now)}
    if command.vendor not in vendors:
        raise Invalid.at("vendor", "unknown-vendor", "The register has no such vendor.")
    order.assign_vendor(act, command.vendor, vendors[command.vendor])
    return order


async def schedule_repair(work: Work, repair_id: UUID, command: Appointment) -> WorkOrder:
    """Make an appointment. Raises VendorMissing, Invalid `appointment-in-the-past`."""
    order, act = await load_for_command(work, Repairs, repair_id, command)
    order.schedule(act, command.appointment_at)
    return order


async def start_repair(work: Work, repair_id: UUID, command: WorkStart) -> WorkOrder:
    """Work begins."""
    order, act = await load_for_command(work, Repairs, repair_id, command)
    order.start(act)
    return order


async def record_visit(work: Work, repair_id: UUID, command: NewVisit) -> WorkOrder:
    """Somebody was there."""
    order, act = await load_for_command(work, Repairs, repair_id, command)
    order.record_visit(act, command.worker, command.outcome)
    return order


async def complete_repair(work: Work, repair_id: UUID, command: Completion) -> WorkOrder:
    """The work is done; ends the limit for completing."""
    order, act = await load_for_command(work, Repairs, repair_id, command)
    order.complete(act)
    return order


async def accept_result(work: Work, repair_id: UUID, command: ResultAcceptance) -> WorkOrder:
    """The customer is content. Raises ApproverInvolved."""
    order, act = await load_for_command(work, Repairs, repair_id, command)
    linked = await work.store(Complaints).get_many([order.complaint_id] if order.complaint_id is not None else [])
    order.accept_result(act, [staff for complaint in linked.values() for staff in complaint.subject_staff])
    return order


async def refuse_result(work: Work, repair_id: UUID, command: ResultRefusal) -> WorkOrder:
    """The customer is not content: the limit for completing runs on, by the calendar as it is known now."""
    order, act = await load_for_command(work, Repairs, repair_id, command)
    order.refuse_result(act, calendar_of(await work.store(CALENDARS).of(order.calendar)))
    return order


async def cancel_repair(work: Work, repair_id: UUID, command: RepairCancellation) -> WorkOrder:
    """It will not be done."""
    order, act = await load_for_command(work, Repairs, repair_id, command)
    order.cancel(act, command.reason)
    return order


async def link_repair(work: Work, repair_id: UUID, command: RepairOfComplaint) -> WorkOrder:
    """It belongs to a complaint. Raises Invalid `unknown-complaint`, Conflict `has-complaint`."""
    order, act = await load_for_command(work, Repairs, repair_id, command)
    if not await work.store(Complaints).get_many([command.complaint_id]):
        raise Invalid.at("complaint_id", "unknown-complaint", "There is no such complaint.")
    order.link(act, command.complaint_id)
    return order
