"""What emergencies go by: types of incidents, emergency plans, levels. A PUT adds a version; none is ever changed."""

from __future__ import annotations

from rapport_chassis.web import Call, Page, Router, Scope
from rapport_kernel.errors import Invalid, NotFound, VersionConflict

from rapport_complaints.domain.emergencies.emergency_data import EmergencyPlan, EmergencyPolicy, IncidentType
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.emergencies.put_emergency_data import (
    NewEmergencyPlan,
    NewEmergencyPolicy,
    NewIncidentType,
    put_emergency_plan,
    put_emergency_policy,
    put_incident_type,
)
from rapport_complaints.web.clocks.policies import Name, VersionView, version_page, version_view

router = Router(tags=["emergency data"])
READ = Scope("complaints:read")
CONFIGURE = Scope("complaints:configure", level=3)
REFUSALS = (Invalid, VersionConflict)


@router.get("/incident-types", allow=READ, summary="Types of incidents with all their versions")
async def get_incident_types(call: Call[ComplaintsWork]) -> Page[VersionView[IncidentType]]:
    """Every version of every type (S109), by code and version."""
    return version_page(await (await call.work()).incident_types.all())


@router.get("/incident-types/{code}", allow=READ, errors=[NotFound], summary="The newest version of a type")
async def get_incident_type(code: Name, call: Call[ComplaintsWork], version: int | None = None) -> VersionView[IncidentType]:
    """The newest version, or the one asked for."""
    types = (await call.work()).incident_types
    return version_view((await types.of(code))[-1] if version is None else await types.exact(code, version))


@router.put("/incident-types/{code}", allow=CONFIGURE, errors=REFUSALS, status=201, summary="Add a version of a type")
async def change_incident_type(code: Name, body: NewIncidentType, call: Call[ComplaintsWork]) -> VersionView[IncidentType]:
    """A new code is a new type; `in_use` false takes one out of use."""
    return version_view(await call.run(put_incident_type, code, body))


@router.get("/emergency-plans", allow=READ, summary="Emergency plans with all their versions")
async def get_emergency_plans(call: Call[ComplaintsWork]) -> Page[VersionView[EmergencyPlan]]:
    """Every version of every plan (S111), by code and version."""
    return version_page(await (await call.work()).emergency_plans.all())


@router.get("/emergency-plans/{code}", allow=READ, errors=[NotFound], summary="The newest version of an emergency plan")
async def get_emergency_plan(
    code: Name, call: Call[ComplaintsWork], version: int | None = None
) -> VersionView[EmergencyPlan]:
    """The newest version, or the one asked for: an incident or drill names the version that it went by."""
    plans = (await call.work()).emergency_plans
    return version_view((await plans.of(code))[-1] if version is None else await plans.exact(code, version))


@router.put(
    "/emergency-plans/{code}", allow=CONFIGURE, errors=REFUSALS, status=201, summary="Add a version of an emergency plan"
)
async def change_emergency_plan(
    code: Name, body: NewEmergencyPlan, call: Call[ComplaintsWork]
) -> VersionView[EmergencyPlan]:
    """For plans activated from `effective_from` on. Checklists of incidents stay as they are."""
    return version_view(await call.run(put_emergency_plan, code, body))


@router.get("/emergency-policies", allow=READ, summary="The emergency policy with all its versions")
async def get_emergency_policies(call: Call[ComplaintsWork]) -> Page[VersionView[EmergencyPolicy]]:
    """Its levels: how often updates are due, who may declare, whether surveys are held (S110)."""
    return version_page(await (await call.work()).emergency_policies.all())


@router.get("/emergency-policies/{code}", allow=READ, errors=[NotFound], summary="The newest version of the policy")
async def get_emergency_policy(
    code: Name, call: Call[ComplaintsWork], version: int | None = None
) -> VersionView[EmergencyPolicy]:
    """The newest version, or the one asked for."""
    policies = (await call.work()).emergency_policies
    return version_view((await policies.of(code))[-1] if version is None else await policies.exact(code, version))


@router.put(
    "/emergency-policies/{code}",
    allow=CONFIGURE,
    errors=(*REFUSALS, NotFound),
    status=201,
    summary="Add a version of the emergency policy",
)
async def change_emergency_policy(
    code: Name, body: NewEmergencyPolicy, call: Call[ComplaintsWork]
) -> VersionView[EmergencyPolicy]:
    """There is one, `standard`. For incidents declared from `effective_from` on; others keep their version."""
    return version_view(await call.run(put_emergency_policy, code, body))
