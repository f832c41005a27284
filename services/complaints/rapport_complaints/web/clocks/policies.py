"""Calendars and SLA policies: data with versions. A PUT adds a version; none is ever changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Path
from pydantic import BaseModel, Field
from rapport_chassis.web import Call, Page, Router, Scope
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import Invalid, NotFound, VersionConflict

from rapport_complaints.domain.clocks.policies import CalendarData, SlaPolicy, Version
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.clocks.put_calendar import NewCalendar, put_calendar
from rapport_complaints.usecases.clocks.put_policy import NewPolicy, put_policy

B = TypeVar("B", bound=BaseModel)
router = Router(tags=["policies"])
READ = Scope("complaints:read")
CONFIGURE = Scope("complaints:configure", level=3)
Name = Annotated[str, Path(pattern="^[a-z][a-z0-9-]{0,62}$")]


class VersionView(BaseModel, Generic[B]):
    """One version; it holds from `effective_from` on until a later version does. `version` is the ETag of the code."""

    code: str
    version: int
    effective_from: UtcTime
    recorded_at: UtcTime
    recorded_by: str
    body: B = Field(description="As it was put.")


def version_view(version: Version[Any]) -> VersionView[Any]:
    """One version as it is shown."""
    return VersionView(
        code=version.code,
        version=version.version,
        effective_from=version.effective_from,
        recorded_at=version.recorded_at,
        recorded_by=version.by,
        body=version.body,
    )


def version_page(versions: Sequence[Version[Any]]) -> Page[Any]:
    """All of them, on one page."""
    return Page(items=[version_view(version) for version in versions])


@router.get("/sla-policies", allow=READ, summary="SLA policies with all their versions")
async def find_policies(call: Call[ComplaintsWork]) -> Page[VersionView[SlaPolicy]]:
    """Every version of every policy, by code and version."""
    return version_page(await (await call.work()).policies.all())


@router.get("/sla-policies/{code}", allow=READ, errors=[NotFound], summary="The newest version of a policy")
async def show_policy(code: Name, call: Call[ComplaintsWork], version: int | None = None) -> VersionView[SlaPolicy]:
    """The newest version, or the one asked for: what was decided under it stays explained by it."""
    policies = (await call.work()).policies
    return version_view((await policies.of(code))[-1] if version is None else await policies.exact(code, version))


@router.put(
    "/sla-policies/{code}",
    allow=CONFIGURE,
    errors=[Invalid, VersionConflict],
    status=201,
    summary="Add a version of a policy",
)
async def change_policy(code: Name, body: NewPolicy, call: Call[ComplaintsWork]) -> VersionView[SlaPolicy]:
    """For complaints received from `effective_from` on. Running clocks keep the version that they started under."""
    return version_view(await call.run(put_policy, code, body))


@router.get("/calendars", allow=READ, summary="Calendars with all their versions")
async def find_calendars(call: Call[ComplaintsWork]) -> Page[VersionView[CalendarData]]:
    """Every version of every calendar, by code and version."""
    return version_page(await (await call.work()).calendars.all())


@router.get("/calendars/{code}", allow=READ, errors=[NotFound], summary="The newest version of a calendar")
async def show_calendar(code: Name, call: Call[ComplaintsWork], version: int | None = None) -> VersionView[CalendarData]:
    """The newest version, or the one asked for."""
    calendars = (await call.work()).calendars
    return version_view((await calendars.of(code))[-1] if version is None else await calendars.exact(code, version))


@router.put(
    "/calendars/{code}",
    allow=CONFIGURE,
    errors=[Invalid, VersionConflict],
    status=201,
    summary="Add a version of a calendar",
)
async def change_calendar(code: Name, body: NewCalendar, call: Call[ComplaintsWork]) -> VersionView[CalendarData]:
    """Days from `effective_from` on follow it. Clocks that run under it are reckoned anew right after, each with an event
    and its old due time kept."""
    return version_view(await call.run(put_calendar, code, body))
