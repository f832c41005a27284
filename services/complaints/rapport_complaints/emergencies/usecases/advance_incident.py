"""Everything that happens to an incident after its report. Each answers the incident, and raises NotFound, NotAllowed,
VersionConflict, and Invalid for a time that cannot be."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.work import Work
from rapport_contracts.fields import Code
from rapport_kernel.errors import FieldError, Invalid
from rapport_kernel.versions import Version

from rapport_complaints.emergencies.domain.emergency_data import EmergencyPlan, EmergencyPolicy, Grade
from rapport_complaints.emergencies.domain.incident import Incident
from rapport_complaints.emergencies.store.incidents import Incidents
from rapport_complaints.emergencies.store.versions import EMERGENCY_PLANS, EMERGENCY_POLICIES
from rapport_complaints.emergencies.usecases.hold_clocks import align_clocks
from rapport_complaints.emergencies.usecases.link_incidents import look_for_complaints


class Classification(Command):
    """Its level, 1 the gravest."""

    model_config = example({"level": 2})

    level: Grade


class Dismissal(Command):
    """Why it is no emergency."""

    model_config = example({"reason": "false-alarm"})

    reason: Code


class IncidentDeclaration(Command):
    """Nothing but the circumstances."""

    model_config = example({"note": "Told the board."})


class LevelChange(Command):
    """The other level, and why."""

    model_config = example({"level": 1, "reason": "all-lines-down"})

    level: Grade
    reason: Code


class PlanActivation(Command):
    """By which plan work goes."""

    model_config = example({"plan": "general"})

    plan: Code


class StepDone(Command):
    """Which step of the checklist was done."""

    model_config = example({"step": "team"})

    step: Code


class Update(Command):
    """What was told is the note. Where it shows may be put right at the same time; null leaves it as it is."""

    model_config = example({"note": "Half of the lines work again.", "touchpoints": ["hotline"]})

    note: str = Field(min_length=1, max_length=10_000, description="What was told; stored encrypted.")
    touchpoints: list[Code] | None = Field(default=None, max_length=200)
    categories: list[Code] | None = Field(default=None, max_length=200)


class Containment(Command):
    """Nothing but the circumstances."""

    model_config = example({"note": "The faulty switch is out."})


class Restoration(Command):
    """Nothing but the circumstances."""

    model_config = example({"note": "All lines work."})


class Review(Command):
    """The cause as a code; what was learnt is the note."""

    model_config = example({"cause": "ageing-equipment", "note": "Switches are replaced after eight years from now on."})

    cause: Code
    note: str = Field(min_length=1, max_length=10_000, description="What was learnt; stored encrypted.")


class IncidentClosing(Command):
    """Nothing but the circumstances."""


async def classify_incident(work: Work, incident_id: UUID, command: Classification) -> Incident:
    """Give it a level of the policy in force (S110). Raises Invalid `unknown-level`."""
    incident, act = await load_for_command(work, Incidents, incident_id, command)
    rule = (await work.store(EMERGENCY_POLICIES).current()).body.rule(command.level)
    if rule is None:
        raise Invalid(
            "unknown-level",
            "The policy has no such level.",
            [FieldError("level", "unknown-level", "One of the levels of the policy.")],
        )
    incident.classify(act, rule)
    return incident


async def dismiss_incident(work: Work, incident_id: UUID, command: Dismissal) -> Incident:
    """It is no emergency."""
    incident, act = await load_for_command(work, Incidents, incident_id, command)
    incident.dismiss(act, command.reason)
    return incident


async def declare_incident(work: Work, incident_id: UUID, command: IncidentDeclaration) -> Incident:
    """It is an emergency: updates are due from now on, complaints of its time and places are linked. Raises Forbidden
    `authority-too-low` below the access level that the policy asks for this level, Invalid `unknown-level`."""
    incident, act = await load_for_command(work, Incidents, incident_id, command)
    incident.declare(act, await work.store(EMERGENCY_POLICIES).current(), work.actor.level)
    await look_for_complaints(work, incident)
    await align_clocks(work, incident)
    return incident


async def change_incident_level(work: Work, incident_id: UUID, command: LevelChange) -> Incident:
    """Graver or lighter, under the policy version of its declaration. Raises Forbidden `authority-too-low`, Invalid
    `unknown-level`, Conflict `same-level`."""
    incident, act = await load_for_command(work, Incidents, incident_id, command)
    incident.change_level(act, await _policy_of(work, incident), command.level, command.reason, work.actor.level)
    await align_clocks(work, incident)
    return incident


async def activate_plan(work: Work, incident_id: UUID, command: PlanActivation) -> Incident:
    """Copy the checklist of the plan's version in force. Raises Invalid `unknown-plan`, `plan-does-not-fit`."""
    incident, act = await load_for_command(work, Incidents, incident_id, command)
    incident.activate_plan(act, await plan_in_force(work, command.plan))
    return incident


async def complete_step(work: Work, incident_id: UUID, command: StepDone) -> Incident:
    """A step was done. Raises Invalid `unknown-step`, Conflict `step-done`."""
    incident, act = await load_for_command(work, Incidents, incident_id, command)
    incident.complete_step(act, command.step)
    return incident


async def update_incident(work: Work, incident_id: UUID, command: Update) -> Incident:
    """Those concerned were told; the next update is due one interval later."""
    incident, act = await load_for_command(work, Incidents, incident_id, command)
    before = incident.touchpoints, incident.categories
    incident.update(act, command.touchpoints, command.categories)
    if (incident.touchpoints, incident.categories) != before:
        await look_for_complaints(work, incident)
    return incident


async def contain_incident(work: Work, incident_id: UUID, command: Containment) -> Incident:
    """It spreads no further."""
    incident, act = await load_for_command(work, Incidents, incident_id, command)
    incident.contain(act)
    return incident


async def restore_incident(work: Work, incident_id: UUID, command: Restoration) -> Incident:
    """Service is as it was: updates end, and so does the time whose complaints belong to it."""
    incident, act = await load_for_command(work, Incidents, incident_id, command)
    incident.restore(act)
    await align_clocks(work, incident)
    return incident


async def review_incident(work: Work, incident_id: UUID, command: Review) -> Incident:
    """Look at it afterwards."""
    incident, act = await load_for_command(work, Incidents, incident_id, command)
    incident.review(act, command.cause)
    return incident


async def close_incident(work: Work, incident_id: UUID, command: IncidentClosing) -> Incident:
    """Close it. Raises ChecklistIncomplete, which names the steps."""
    incident, act = await load_for_command(work, Incidents, incident_id, command)
    incident.close(act)
    return incident


async def plan_in_force(work: Work, code: str) -> Version[EmergencyPlan]:
    """The version of a plan that holds now. Raises Invalid `unknown-plan`."""
    for version in await work.store(EMERGENCY_PLANS).in_force(work.now):
        if version.code == code:
            return version
    raise Invalid.at("plan", "unknown-plan", "There is no such plan in force.")


async def _policy_of(work: Work, incident: Incident) -> Version[EmergencyPolicy]:
    if incident.policy is None or incident.policy_version is None:
        return await work.store(EMERGENCY_POLICIES).current()
    return await work.store(EMERGENCY_POLICIES).exact(incident.policy, incident.policy_version)
