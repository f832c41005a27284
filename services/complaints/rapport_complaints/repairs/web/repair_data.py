"""What repairs go by, vendors and limits, and the figures about vendors and categories (S106, S133)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field
from rapport_chassis.versions import Since
from rapport_chassis.web import Call, Router, Scope, VersionedData
from rapport_chassis.work import Work
from rapport_contracts.figures import Figure
from rapport_kernel.errors import Invalid, VersionConflict

from rapport_complaints.access import CONFIGURE, READ
from rapport_complaints.measures import Period, measured
from rapport_complaints.repairs.domain.repair_data import RepairPolicy, Vendor
from rapport_complaints.repairs.store.repairs import Tally, tally_repairs
from rapport_complaints.repairs.store.versions import REPAIR_POLICIES, VENDORS
from rapport_complaints.repairs.usecases.put_repair_policy import NewRepairPolicy, put_repair_policy

router = Router(tags=["repair data"])
REFUSALS = (Invalid, VersionConflict)


class RepairPeriod(Period):
    """Repairs requested in this time, by vendor or by category."""

    group_by: Literal["vendor", "category"]


class RepairGroup(BaseModel):
    """Repairs whose work is over, of one vendor or category. `excluded` of each figure says how many are still open or were
    cancelled; a figure of fewer than the policy's minimum has no value and the verdict "too few"."""

    name: str
    completed: Figure
    in_time_share: Figure = Field(description="Percent done within the limit for completing.")
    rework_rate: Figure = Field(description="Percent that the customer refused at least once.")
    median_completion: Figure = Field(description="Median of the seconds from the request to the end of the work.")


class RepairStats(BaseModel):
    """One group for each vendor or category, in order of the name; `minimum` is what a figure needs."""

    minimum: int
    groups: list[RepairGroup]


@router.get("/repairs/stats", allow=Scope("complaints:stats"), errors=[Invalid], summary="Figures about repairs")
async def repair_stats(period: RepairPeriod, call: Call[Work]) -> RepairStats:
    """By the vendor who has or had the repair, or by category; those that were not given to a vendor count by category
    only. The minimum is that of the repair policy in force (S106: vendors are compared by it)."""
    work = await call.work()
    minimum = (await work.store(REPAIR_POLICIES).current()).body.minimum
    tallies = await call.read(tally_repairs, period.group_by, period.from_, period.to)
    return RepairStats(minimum=minimum, groups=[_group(tally, minimum, work.now) for tally in tallies])


class NewVendor(Since, Vendor):
    """A vendor as it is from a time on."""


# fmt: off
keep = VersionedData[Work](router, read=READ, change=CONFIGURE)
keep("/vendors/{code}", lambda work: work.store(VENDORS), Vendor, NewVendor, errors=(Invalid, VersionConflict),
     every=("get_vendors", "Vendors with all their versions", "Every version of every vendor, by code and version."),
     one=("get_vendor", "The newest version of a vendor", "The newest version, or the one asked for."),
     put=("change_vendor", "Add a version of a vendor",
          "A new code is a new vendor; `in_use` false takes one out of use, and what it has in hand stays with it."))
keep("/repair-policies/{code}", lambda work: work.store(REPAIR_POLICIES), RepairPolicy, NewRepairPolicy, put_repair_policy,
     every=("get_repair_policies", "The repair policy with all its versions", "Limits by category (S133)."),
     one=("get_repair_policy", "The newest version of the repair policy", "The newest version, or the one asked for."),
     put=("change_repair_policy", "Add a version of the repair policy",
          "There is one, `standard`. For repairs requested from `effective_from` on; others keep their version."))
# fmt: on


def _group(tally: Tally, minimum: int, as_of: datetime) -> RepairGroup:
    left_out = {"open": tally.open, "cancelled": tally.cancelled}

    def figure(name: str, value: float | None, unit: Literal["percent", "seconds"]) -> Figure:
        return measured(f"repairs.{name}", value, tally.n, unit, as_of, left_out, minimum)

    return RepairGroup(
        name=tally.name,
        completed=measured("repairs.completed", tally.n, tally.n, "count", as_of, left_out, 0),
        in_time_share=figure("in-time-share", _percent(tally.in_time, tally.n), "percent"),
        rework_rate=figure("rework-rate", _percent(tally.reworked, tally.n), "percent"),
        median_completion=figure("median-completion", tally.median_seconds, "seconds"),
    )


def _percent(part: int, whole: int) -> float | None:
    return None if whole == 0 else 100 * part / whole
