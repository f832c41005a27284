"""Add versions of what emergencies go by: types of incidents, plans, the policy. Each raises VersionConflict."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, Field
from rapport_kernel.errors import NotFound

from rapport_complaints.domain.clocks.policies import EffectiveFrom, Version
from rapport_complaints.domain.emergencies.emergency_data import POLICY, EmergencyPlan, EmergencyPolicy, IncidentType
from rapport_complaints.store.versions import Versions
from rapport_complaints.store.work import ComplaintsWork

B = TypeVar("B", bound=BaseModel)


class NewIncidentType(IncidentType):
    """A type as it is from a time on."""

    effective_from: EffectiveFrom | None = Field(default=None, description="Null: from now on.")


class NewEmergencyPlan(EmergencyPlan):
    """A plan as it is from a time on; incidents and drills keep the version that they began with."""

    effective_from: EffectiveFrom | None = Field(default=None, description="Null: from now on.")


class NewEmergencyPolicy(EmergencyPolicy):
    """The levels as they are from a time on; declared incidents keep their version."""

    effective_from: EffectiveFrom | None = Field(default=None, description="Null: from now on.")


async def put_incident_type(work: ComplaintsWork, code: str, said: NewIncidentType) -> Version[IncidentType]:
    """Add the version."""
    return await _add(work, work.incident_types, "incident-type", code, IncidentType, said)


async def put_emergency_plan(work: ComplaintsWork, code: str, said: NewEmergencyPlan) -> Version[EmergencyPlan]:
    """Add the version."""
    return await _add(work, work.emergency_plans, "emergency-plan", code, EmergencyPlan, said)


async def put_emergency_policy(work: ComplaintsWork, code: str, said: NewEmergencyPolicy) -> Version[EmergencyPolicy]:
    """Add the version. Raises NotFound for another code than that of the one policy that counts."""
    if code != POLICY:
        raise NotFound
    return await _add(work, work.emergency_policies, "emergency-policy", code, EmergencyPolicy, said)


async def _add(work: ComplaintsWork, versions: Versions[B], name: str, code: str, model: type[B], said: Any) -> Version[B]:
    body = model(**{each: getattr(said, each) for each in model.model_fields})
    made = await versions.add(code, body, said.effective_from or work.now)
    await work.audit(f"{name}.put", f"{name}:{code}", detail={"version": made.version})
    return made
