"""What Complaints publishes about repairs (报修, S62, S133). Key: the repair.

A repair is no complaint; it may belong to one.
What is broken, and what was said about it, stays with the service; vendors and workers are opaque codes.
"""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.complaints import TOPIC
from rapport_contracts.event import Event, Payload
from rapport_contracts.fields import Code, ComplaintId, CustomerId, UtcTime


class Repair(Payload):
    """What every fact about a repair says."""

    repair_id: UUID
    customer_id: CustomerId | None
    complaint_id: ComplaintId | None
    category: Code


class RepairRequested(
    Event,
    Repair,
    type="repair.requested.v1",
    topic=TOPIC,
    key="repair_id",
    when="It is entered with `POST …/repairs`.",
    often="once",
    state="requested",
    undone_by=("repair.cancelled.v1",),
):
    """A customer wants something repaired (S62). Both limits count from `requested_at`, under a version of a policy."""

    number: Code
    touchpoint: Code | None
    policy: Code
    policy_version: int
    respond_due_at: UtcTime
    complete_due_at: UtcTime
    requested_at: UtcTime


class RepairAccepted(
    Event,
    Repair,
    type="repair.accepted.v1",
    topic=TOPIC,
    key="repair_id",
    when="Staff enter it with `POST …/repairs/{id}:accept`.",
    often="once",
    state="accepted",
    undone_by=("repair.cancelled.v1",),
):
    """The company took it on: the limit for responding ends. `in_time` says whether it held."""

    in_time: bool
    accepted_at: UtcTime


class RepairLinked(
    Event,
    Repair,
    type="repair.linked.v1",
    topic=TOPIC,
    key="repair_id",
    when="Staff enter it with `POST …/repairs/{id}:link-complaint`; one that was requested for a complaint has no "
    "such event.",
    often="once",
):
    """It turned out to belong to a complaint."""

    linked_at: UtcTime


class RepairVendorAssigned(
    Event,
    Repair,
    type="repair-vendor.assigned.v1",
    topic=TOPIC,
    key="repair_id",
    when="Staff enter it with `POST …/repairs/{id}:assign-vendor`; a later one replaces it.",
    often="again",
):
    """A vendor of the register has it in hand now."""

    vendor: Code
    assigned_at: UtcTime


class RepairScheduled(
    Event,
    Repair,
    type="repair.scheduled.v1",
    topic=TOPIC,
    key="repair_id",
    when="Staff enter it with `POST …/repairs/{id}:schedule`; a later one replaces it.",
    often="again",
    state="scheduled",
    undone_by=("repair-result.refused.v1", "repair.cancelled.v1"),
):
    """An appointment was made with the customer."""

    vendor: Code
    appointment_at: UtcTime
    scheduled_at: UtcTime


class RepairStarted(
    Event,
    Repair,
    type="repair.started.v1",
    topic=TOPIC,
    key="repair_id",
    when="Staff enter it with `POST …/repairs/{id}:start`.",
    often="again",
    state="in_progress",
):
    """Work on it began, for the first time or after a refusal."""

    vendor: Code
    started_at: UtcTime


class RepairVisitRecorded(
    Event,
    Repair,
    type="repair-visit.recorded.v1",
    topic=TOPIC,
    key="repair_id",
    time="visited_at",
    when="Staff enter it with `POST …/repairs/{id}:record-visit`, once for each visit.",
    often="again",
):
    """Somebody was there; `visit` counts from 1, `outcome` is a code such as `parts-missing`."""

    vendor: Code
    visit: int
    outcome: Code
    visited_at: UtcTime


class RepairCompleted(
    Event,
    Repair,
    type="repair.completed.v1",
    topic=TOPIC,
    key="repair_id",
    when="Staff enter it with `POST …/repairs/{id}:complete`.",
    often="again",
    state="done",
    undone_by=("repair-result.refused.v1",),
):
    """The work is done, to be judged by the customer. `reworks` counts how often they refused it before; `in_time`: within
    the limit, not counting the time they took to judge earlier work."""

    vendor: Code
    reworks: int
    visits: int
    in_time: bool
    completed_at: UtcTime


class RepairResultAccepted(
    Event,
    Repair,
    type="repair-result.accepted.v1",
    topic=TOPIC,
    key="repair_id",
    when="Staff enter the customer's answer with `POST …/repairs/{id}:accept-result`.",
    often="once",
    state="accepted_by_customer",
):
    """The customer is content with the work (验收); the repair is over."""

    vendor: Code
    accepted_at: UtcTime


class RepairResultRefused(
    Event,
    Repair,
    type="repair-result.refused.v1",
    topic=TOPIC,
    key="repair_id",
    when="Staff enter the customer's answer with `POST …/repairs/{id}:refuse-result`.",
    often="again",
    state="rework",
):
    """The customer is not content; it is done again, and the limit for completing runs on."""

    vendor: Code
    reworks: int
    complete_due_at: UtcTime
    refused_at: UtcTime


class RepairCancelled(
    Event,
    Repair,
    type="repair.cancelled.v1",
    topic=TOPIC,
    key="repair_id",
    when="Staff enter it with `POST …/repairs/{id}:cancel`, until the work is done.",
    often="once",
    state="cancelled",
):
    """It will not be done; the reason is a code. Its limits end without a verdict."""

    reason: Code
    cancelled_at: UtcTime


class RepairLimitRescheduled(
    Event,
    Repair,
    type="repair-limit.rescheduled.v1",
    topic=TOPIC,
    key="repair_id",
    when="Somebody edits the calendar (`PUT …/calendars/{id}`), and the due time of a running limit differs.",
    often="again",
):
    """The calendar that a running limit is counted in was edited; `limit` is `respond` or `complete`. A breach at the
    previous due time no longer counts."""

    limit: Code
    previous_due_at: UtcTime
    due_at: UtcTime
    rescheduled_at: UtcTime


class RepairLimitBreached(
    Event,
    Repair,
    type="repair-limit.breached.v1",
    topic=TOPIC,
    key="repair_id",
    when="A timer at its own second, or whatever is entered first after it, finds that the due time has passed.",
    often="again",
    undone_by=("repair.accepted.v1", "repair.completed.v1", "repair-limit.rescheduled.v1"),
):
    """A limit ran out; `limit` is `respond` or `complete`, `breached_at` the due time itself. What is entered later as done
    before takes it back: `in_time` of the deed counts."""

    limit: Code
    vendor: Code | None
    breached_at: UtcTime
