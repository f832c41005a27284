"""What repairs go by, vendors and limits, and the figures about vendors and categories (S106, S133)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field
from rapport_chassis.web import Call, Page, Router, Scope
from rapport_contracts.figures import Figure
from rapport_kernel.errors import Invalid, NotFound, VersionConflict

from rapport_complaints.domain.repairs.repair_data import REPAIR_POLICY, RepairPolicy, Vendor
from rapport_complaints.store.repairs.repairs import Tally, tally_repairs
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.repairs.put_repair_data import NewRepairPolicy, NewVendor, put_repair_policy, put_vendor
from rapport_complaints.web.clocks.policies import Name, VersionView, version_page, version_view
from rapport_complaints.web.figures.figures import Period

router = Router(tags=["repair data"])
READ = Scope("complaints:read")
CONFIGURE = Scope("complaints:configure", level=3)
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
async def repair_stats(period: RepairPeriod, call: Call[ComplaintsWork]) -> RepairStats:
    """By the vendor who has or had the repair, or by category; those that were not given to a vendor count by category
    only. The minimum is that of the repair policy in force (S106: vendors are compared by it)."""
    work = await call.work()
    minimum = (await work.repair_policies.current(REPAIR_POLICY, work.now)).body.minimum
    tallies = await call.read(tally_repairs, period.group_by, period.from_, period.to)
    return RepairStats(minimum=minimum, groups=[_group(tally, minimum, work.now) for tally in tallies])


@router.get("/vendors", allow=READ, summary="Vendors with all their versions")
async def get_vendors(call: Call[ComplaintsWork]) -> Page[VersionView[Vendor]]:
    """Every version of every vendor, by code and version."""
    return version_page(await (await call.work()).vendors.all())


@router.get("/vendors/{code}", allow=READ, errors=[NotFound], summary="The newest version of a vendor")
async def get_vendor(code: Name, call: Call[ComplaintsWork], version: int | None = None) -> VersionView[Vendor]:
    """The newest version, or the one asked for."""
    vendors = (await call.work()).vendors
    return version_view((await vendors.of(code))[-1] if version is None else await vendors.exact(code, version))


@router.put("/vendors/{code}", allow=CONFIGURE, errors=REFUSALS, status=201, summary="Add a version of a vendor")
async def change_vendor(code: Name, body: NewVendor, call: Call[ComplaintsWork]) -> VersionView[Vendor]:
    """A new code is a new vendor; `in_use` false takes one out of use, and what it has in hand stays with it."""
    return version_view(await call.run(put_vendor, code, body))


@router.get("/repair-policies", allow=READ, summary="The repair policy with all its versions")
async def get_repair_policies(call: Call[ComplaintsWork]) -> Page[VersionView[RepairPolicy]]:
    """Limits by category (S133)."""
    return version_page(await (await call.work()).repair_policies.all())


@router.get("/repair-policies/{code}", allow=READ, errors=[NotFound], summary="The newest version of the repair policy")
async def get_repair_policy(code: Name, call: Call[ComplaintsWork], version: int | None = None) -> VersionView[RepairPolicy]:
    """The newest version, or the one asked for."""
    policies = (await call.work()).repair_policies
    return version_view((await policies.of(code))[-1] if version is None else await policies.exact(code, version))


@router.put(
    "/repair-policies/{code}",
    allow=CONFIGURE,
    errors=(*REFUSALS, NotFound),
    status=201,
    summary="Add a version of the repair policy",
)
async def change_repair_policy(code: Name, body: NewRepairPolicy, call: Call[ComplaintsWork]) -> VersionView[RepairPolicy]:
    """There is one, `standard`. For repairs requested from `effective_from` on; others keep their version."""
    return version_view(await call.run(put_repair_policy, code, body))


def _group(tally: Tally, minimum: int, as_of: datetime) -> RepairGroup:
    enough = tally.n >= minimum
    excluded = {name: count for name, count in (("open", tally.open), ("cancelled", tally.cancelled)) if count}

    def figure(name: str, value: float | None, unit: Literal["percent", "seconds"]) -> Figure:
        return Figure(
            value=value if enough else None,
            n=tally.n,
            unit=unit,
            definition=f"repairs.{name}",
            definition_version=1,
            as_of=as_of,
            verdict="ok" if enough else "too few",
            excluded=excluded,
        )

    return RepairGroup(
        name=tally.name,
        completed=Figure(
            value=tally.n,
            n=tally.n,
            unit="count",
            definition="repairs.completed",
            definition_version=1,
            as_of=as_of,
            excluded=excluded,
        ),
        in_time_share=figure("in-time-share", _percent(tally.in_time, tally.n), "percent"),
        rework_rate=figure("rework-rate", _percent(tally.reworked, tally.n), "percent"),
        median_completion=figure("median-completion", tally.median_seconds, "seconds"),
    )


def _percent(part: int, whole: int) -> float | None:
    return None if whole == 0 else 100 * part / whole
