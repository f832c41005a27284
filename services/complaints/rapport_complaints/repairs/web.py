"""Repairs (S62, S133): request, show, list, all actions; vendors, limits, and figures (S106).

All actions answer the repair with its new version, take If-Match, and refuse with 409 what the state does not allow.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field
from rapport_chassis.figures import counted, measured, share
from rapport_chassis.periods import Period, SpanView
from rapport_chassis.versions import Since
from rapport_chassis.web import Actions, Call, Resource, Router, Scope, VersionedData, View
from rapport_chassis.web.values import acted_on, known
from rapport_chassis.web.views import Allowed, shown_as
from rapport_chassis.work import Work
from rapport_contracts.complaints import figures as defined
from rapport_contracts.fields import UtcTime
from rapport_contracts.figures import Definition, Figure
from rapport_contracts.vocabulary import named
from rapport_kernel.errors import NotFound, VersionConflict

from rapport_complaints.access import CONFIGURE, READ, STATS
from rapport_complaints.cases.domain.refusals import ApproverInvolved
from rapport_complaints.cases.web.views import TargetView
from rapport_complaints.repairs import usecases
from rapport_complaints.repairs.domain import (
    COMPLETE,
    REPAIR_LIFE,
    RESPOND,
    Repair,
    RepairPolicy,
    Vendor,
    VendorMissing,
    did_no_work,
    has_no_complaint,
    has_vendor,
)
from rapport_complaints.repairs.store import (
    BY_REQUEST,
    REPAIR_POLICIES,
    VENDORS,
    RepairFilters,
    Repairs,
    Tally,
    tally_repairs,
)

data = Router(tags=["repair data"], about="Vendors and the policies of repairs, in versions.")
router = Router(tags=["repairs"], about="Repairs that a complaint needs: vendor, visits, deadlines.")
HANDLE = Scope("complaints:repairs", level=2)


class LimitView(View):
    """A limit. `kind`: `respond` (until accepted), `complete` (until the work is done); `breached_at` is the due time."""

    kind: Annotated[str, known(RESPOND, COMPLETE, name="repair-limit-kind")]
    target: TargetView
    started_at: UtcTime
    due_at: UtcTime
    breached_at: UtcTime | None
    ended_at: UtcTime | None
    in_time: bool | None


class VisitView(View):
    """A worker was there."""

    at: UtcTime
    worker: str
    outcome: str


class RepairView(View):
    """A repair. `version` is its ETag."""

    id: UUID
    version: int
    updated_at: UtcTime = Field(description="When it was last written.")
    number: str = Field(examples=["R2026-000042"])
    state: Annotated[str, known(REPAIR_LIFE)] = Field(examples=["scheduled"])
    allowed: Annotated[Allowed, acted_on(Repair)]
    category: str
    customer_id: UUID | None
    complaint_id: UUID | None
    touchpoint: str | None
    policy: str
    policy_version: int
    vendor: str | None
    appointment_at: UtcTime | None
    reworks: int = Field(description="How often the customer refused the work.")
    visits: list[VisitView]
    limits: list[LimitView]
    requested_at: UtcTime
    due_at: UtcTime | None = Field(description="The earliest due time of its running limits.")
    accepted_at: UtcTime | None
    started_at: UtcTime | None
    completed_at: UtcTime | None
    in_time: bool | None = Field(description="Whether the work was done within the limit; null while it is not.")
    ended_at: UtcTime | None


repair_view = shown_as(RepairView)


@router.post(
    "/repairs",
    allow=Scope("complaints:file"),
    errors=["in-the-future", "too-long-ago", "unknown-complaint"],
    status=201,
    summary="Request a repair",
)
async def post_repair(body: usecases.NewRepair, call: Call[Work]) -> RepairView:
    """A repair is no complaint, but may belong to one (S62). Both limits count from the request."""
    repair = await call.run(usecases.request_repair, body)
    return repair_view(repair, call)


# fmt: off
of = Resource(router, "/repairs/{repair_id}", ("repair", "repairs"), RepairView, Repairs, read=READ)
of.lists(RepairFilters, BY_REQUEST,
         "Repairs that match all filters, the newest first; sort by `requested_at` or `number`.")
of.shows("With its visits and limits.")
of.history()
of.verifies()
of.step("accept", Repair.accept, usecases.RepairAcceptance, HANDLE, "Accept a repair", "Ends the limit for responding.")
of.action("assign-vendor", usecases.assign_vendor, HANDLE, "Assign a vendor",
          "One of the register, in use, for this category; it can be changed until work begins.",
          "unknown-vendor", "vendor-does-not-fit", name="post_assign_vendor")
of.step("schedule", Repair.schedule, usecases.Appointment, HANDLE, "Make an appointment",
        "With the customer, or move it; a vendor must be assigned.", VendorMissing,
        "appointment-in-the-past", name="post_schedule",
        when=has_vendor)
of.step("start", Repair.start, usecases.WorkStart, HANDLE, "Begin the work", "From now on visits are recorded.",
        name="post_start")
of.step("record-visit", Repair.record_visit, usecases.NewVisit, HANDLE, "Record a visit", "The worker and the outcome.",
        name="post_record_visit")
of.step("complete", Repair.complete, usecases.Completion, HANDLE, "The work is done",
        "Ends the limit for completing; the customer is to judge the work.", name="post_complete")
of.action("accept-result", usecases.accept_result, HANDLE, "The customer is content",
          "The repair is over (验收). Neither the workers who did it nor the subjects of its complaint may accept the "
          "result (409 `approver-involved`, 回避).", ApproverInvolved, name="post_accept_result",
          when=did_no_work)
of.action("refuse-result", usecases.refuse_result, HANDLE, "The customer is not content",
          "It is done again (返工). The limit for completing runs on, without the time in which the customer judged it.",
          name="post_refuse_result")
of.step("cancel", Repair.cancel, usecases.RepairCancellation, HANDLE, "Cancel a repair", "Until the work is done.")
on = Actions(router, "/repairs/{repair_id}", Repair, repair_view, (NotFound, VersionConflict))
on("link-complaint", usecases.link_repair, HANDLE, "A repair belongs to a complaint",
   "Once, in any state of both.", "unknown-complaint", "has-complaint",
   name="post_link_repair", when=has_no_complaint)
# fmt: on


class RepairPeriod(Period):
    """Repairs requested in this time, by vendor or by category."""

    group_by: Annotated[Literal["vendor", "category"], named("group-by")]


class RepairGroup(BaseModel):
    """Repairs whose work is over, of one vendor or category. `excluded` of each figure says how many are still open or were
    cancelled; a figure of fewer than the policy's minimum has no value and the verdict `too_few`."""

    key: str
    completed: Figure
    in_time_share: Figure = Field(description="Percent done within the limit for completing.")
    rework_rate: Figure = Field(description="Percent that the customer refused at least once.")
    median_completion: Figure = Field(description="Median of the seconds from the request to the end of the work.")


class RepairStats(SpanView):
    """One group for each vendor or category, in order of the key; a figure needs `minimum` repairs."""

    minimum: int
    group_by: str
    groups: list[RepairGroup]


@data.get("/repairs/stats", allow=STATS, summary="Figures about repairs")
async def repair_stats(period: RepairPeriod, call: Call[Work]) -> RepairStats:
    """By the vendor who has or had the repair, or by category; repairs without a vendor count by category only. The minimum
    is that of the repair policy in force (S106: vendors are compared by it)."""
    work = await call.work()
    minimum = (await work.store(REPAIR_POLICIES).current()).body.minimum
    span = period.span(work)
    tallies = await call.read(tally_repairs, period.group_by, span.since, span.until)
    groups = [_group(tally, minimum, work.now) for tally in tallies]
    return RepairStats(**asdict(span), minimum=minimum, group_by=period.group_by, groups=groups)


class NewVendor(Since, Vendor):
    """A vendor, effective from a date."""


# fmt: off
keep = VersionedData[Work](data, read=READ, change=CONFIGURE)
keep("/vendors/{code}", VENDORS, Vendor, NewVendor, errors=(VersionConflict,),
     every=("get_vendors", "Vendors with all their versions", "Every version of every vendor, by code and version."),
     one=("get_vendor", "The newest version of a vendor", "The newest version, or the one asked for."),
     put=("change_vendor", "Add a version of a vendor",
          "A new code is a new vendor; `in_use` false takes one out of use; the repairs it was assigned stay with it."))
keep("/repair-policies/{code}", REPAIR_POLICIES, RepairPolicy, usecases.NewRepairPolicy,
     usecases.put_repair_policy,
     every=("get_repair_policies", "The repair policy with all its versions", "Limits by category (S133)."),
     errors=(NotFound, VersionConflict, "unknown-calendar", "never"),
     one=("get_repair_policy", "The newest version of the repair policy", "The newest version, or the one asked for."),
     put=("change_repair_policy", "Add a version of the repair policy",
          "There is one, `standard`. For repairs requested from `effective_from` on; others keep their version."))
# fmt: on


def _group(tally: Tally, minimum: int, as_of: datetime) -> RepairGroup:
    left_out = {"open": tally.open, "cancelled": tally.cancelled}

    def part(definition: Definition, hits: int) -> Figure:
        return share(definition, hits, tally.n, as_of, left_out, least=minimum)

    return RepairGroup(
        key=tally.name,
        completed=counted(defined.REPAIRS_COMPLETED, tally.n, as_of, left_out),
        in_time_share=part(defined.REPAIRS_IN_TIME_SHARE, tally.in_time),
        rework_rate=part(defined.REPAIRS_REWORK_RATE, tally.reworked),
        median_completion=measured(
            defined.REPAIRS_MEDIAN_COMPLETION, tally.median_seconds, tally.n, as_of, left_out, least=minimum
        ),
    )
