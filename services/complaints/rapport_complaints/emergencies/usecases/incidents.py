"""Incidents: the report, and the actions that do more than change the incident. Each action answers the incident and raises
NotFound, NotAllowed, VersionConflict, and Invalid for an impossible time."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel, Field
from rapport_chassis.commands import Command, act_of, example, load_for_command
from rapport_chassis.versions import VersionedKind
from rapport_chassis.work import Work
from rapport_contracts.codes import NewCode
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import Invalid
from rapport_kernel.ids import new_id
from rapport_kernel.versions import Version

from rapport_complaints.cases.usecases.filing import OLDEST
from rapport_complaints.emergencies.domain.data import EmergencyPlan, EmergencyPolicy, Grade
from rapport_complaints.emergencies.domain.incident import Incident
from rapport_complaints.emergencies.store import (
    EMERGENCY_PLANS,
    EMERGENCY_POLICIES,
    INCIDENT_TYPES,
    Incidents,
    incident_numbers,
    next_number,
)
from rapport_complaints.emergencies.usecases.links import align_clocks, link_earlier_complaints

B = TypeVar("B", bound=BaseModel)


class NewIncident(Command):
    """The type, what it affects and since when; the description is the note. `at` is when it was reported."""

    model_config = example(
        {
            "incident_type": "equipment-failure",
            "touchpoints": ["hotline"],
            "categories": [],
            "began_at": "2026-11-20T01:30:00Z",
            "note": "Callers hear nothing after the greeting.",
        }
    )

    incident_type: NewCode = Field(examples=["equipment-failure"])
    touchpoints: list[NewCode] = Field(default_factory=list, max_length=200, description="Affected ones; empty: all.")
    categories: list[NewCode] = Field(default_factory=list, max_length=200, description="Of complaints; empty: all.")
    began_at: UtcTime | None = Field(default=None, description="Null: when it was reported.")


class Classification(Command):
    """Its level; 1 is the most severe."""

    model_config = example({"level": 2})

    level: Grade


class Dismissal(Command):
    """Why it is not an emergency."""

    model_config = example({"reason": "false-alarm"})

    reason: NewCode


class IncidentDeclaration(Command):
    """Reason, note and time only."""

    model_config = example({"note": "Told the board."})


class LevelChange(Command):
    """The new level, and why."""

    model_config = example({"level": 1, "reason": "all-lines-down"})

    level: Grade
    reason: NewCode


class PlanActivation(Command):
    """The plan to work by."""

    model_config = example({"plan": "general"})

    plan: NewCode


class StepDone(Command):
    """The step of the checklist that was done."""

    model_config = example({"step": "team"})

    step: NewCode


class Update(Command):
    """The note is the update that was given. What is affected can be corrected as well; null leaves it."""

    model_config = example({"note": "Half of the lines work again.", "touchpoints": ["hotline"]})

    note: str = Field(min_length=1, max_length=10_000, description="The update that was given; stored encrypted.")
    touchpoints: list[NewCode] | None = Field(default=None, max_length=200)
    categories: list[NewCode] | None = Field(default=None, max_length=200)


class Containment(Command):
    """Reason, note and time only."""

    model_config = example({"note": "The faulty switch is out."})


class Restoration(Command):
    """Reason, note and time only."""

    model_config = example({"note": "All lines work."})


class Review(Command):
    """The cause as a code; the note is what was learned."""

    model_config = example({"cause": "ageing-equipment", "note": "Switches are replaced after eight years from now on."})

    cause: NewCode
    note: str = Field(min_length=1, max_length=10_000, description="What was learned; stored encrypted.")


class IncidentClosing(Command):
    """Reason, note and time only."""


async def report_incident(work: Work, command: NewIncident) -> Incident:
    """Record the report (S109). Raises Invalid `unknown-incident-type`, `in-the-future`, `too-long-ago`."""
    reported_at = command.at or work.now
    began_at = command.began_at or reported_at
    for name, moment in (("at", reported_at), ("began_at", began_at)):
        if moment > work.now:
            raise Invalid.at(name, "in-the-future")
        if moment < work.now - OLDEST:
            raise Invalid.at(name, "too-long-ago", years=5)
    found = await in_force(work, INCIDENT_TYPES, command.incident_type)
    if found is None or not found.body.in_use:
        raise Invalid.at("incident_type", "unknown-incident-type")
    incident = Incident(
        id=new_id(),
        number=await next_number(work, "I", reported_at.year, incident_numbers),
        incident_type=found.code,
        type_version=found.version,
        reported_at=reported_at,
        began_at=min(began_at, reported_at),
        last_at=reported_at,
        touchpoints=sorted(set(command.touchpoints)),
        categories=sorted(set(command.categories)),
    )
    incident.report(await act_of(work, incident, command))
    return work.store(Incidents).add(incident)


async def classify_incident(work: Work, incident_id: UUID, command: Classification) -> Incident:
    """Give it a level of the policy in force (S110). Raises Invalid `unknown-level`."""
    incident, act = await load_for_command(work, Incidents, incident_id, command)
    rule = (await work.store(EMERGENCY_POLICIES).current()).body.rule(command.level)
    if rule is None:
        raise Invalid.at("level", "unknown-level")
    incident.classify(act, rule)
    return incident


async def declare_incident(work: Work, incident_id: UUID, command: IncidentDeclaration) -> Incident:
    """It is an emergency: updates are due from now on, and complaints of its time and places are linked. Raises Forbidden
    `authority-too-low` below the access level that the policy requires for this level, Invalid `unknown-level`."""
    incident, act = await load_for_command(work, Incidents, incident_id, command)
    incident.declare(act, await work.store(EMERGENCY_POLICIES).current(), work.actor.level)
    await link_earlier_complaints(work, incident)
    await align_clocks(work, incident)
    return incident


async def change_incident_level(work: Work, incident_id: UUID, command: LevelChange) -> Incident:
    """Make it more or less severe, under the policy version of its declaration. Raises Forbidden `authority-too-low`,
    Invalid `unknown-level`, Conflict `same-level`."""
    incident, act = await load_for_command(work, Incidents, incident_id, command)
    incident.change_level(act, await _policy_of(work, incident), command.level, command.reason, work.actor.level)
    await align_clocks(work, incident)
    return incident


async def activate_plan(work: Work, incident_id: UUID, command: PlanActivation) -> Incident:
    """Copy the checklist of the plan version in force. Raises Invalid `unknown-plan`, `plan-does-not-fit`."""
    incident, act = await load_for_command(work, Incidents, incident_id, command)
    incident.activate_plan(act, await plan_in_force(work, command.plan))
    return incident


async def update_incident(work: Work, incident_id: UUID, command: Update) -> Incident:
    """Those affected were told the state of things; the next update is due one interval later."""
    incident, act = await load_for_command(work, Incidents, incident_id, command)
    before = incident.touchpoints, incident.categories
    incident.update(act, command.touchpoints, command.categories)
    if (incident.touchpoints, incident.categories) != before:
        await link_earlier_complaints(work, incident)
    return incident


async def restore_incident(work: Work, incident_id: UUID, command: Restoration) -> Incident:
    """Service is back to normal: no more updates are due, and later complaints do not belong to it."""
    incident, act = await load_for_command(work, Incidents, incident_id, command)
    incident.restore(act)
    await align_clocks(work, incident)
    return incident


async def plan_in_force(work: Work, code: str) -> Version[EmergencyPlan]:
    """The version of a plan that is in force now. Raises Invalid `unknown-plan`."""
    found = await in_force(work, EMERGENCY_PLANS, code)
    if found is None:
        raise Invalid.at("plan", "unknown-plan")
    return found


async def in_force(work: Work, kind: VersionedKind[B], code: str) -> Version[B] | None:
    """The version of this code that is in force now, if there is one."""
    return next((version for version in await work.store(kind).in_force(work.now) if version.code == code), None)


async def _policy_of(work: Work, incident: Incident) -> Version[EmergencyPolicy]:
    if incident.policy is None or incident.policy_version is None:
        return await work.store(EMERGENCY_POLICIES).current()
    return await work.store(EMERGENCY_POLICIES).exact(incident.policy, incident.policy_version)
