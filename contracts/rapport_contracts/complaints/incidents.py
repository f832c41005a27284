"""What Complaints publishes about emergencies (应急, S109-S111): incidents, their plans and updates.

Key: the incident; of a link between a complaint and an incident: the complaint. Nothing here is free text:
what happened and what was learnt stays with the service.
"""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.complaints import TOPIC
from rapport_contracts.event import Event
from rapport_contracts.fields import Code, ComplaintId, CustomerId, UtcTime


class IncidentReported(
    Event,
    type="incident.reported.v1",
    topic=TOPIC,
    key="incident_id",
    when="Staff or another system enter it with `POST …/incidents`.",
    often="once",
    state="reported",
    undone_by=("incident.dismissed.v1",),
):
    """Something that may hurt service to customers was reported (S109). `incident_type` is a code of the catalogue of
    types; `touchpoints` and `categories` say where it shows, as far as is known."""

    incident_id: UUID
    number: Code
    incident_type: Code
    touchpoints: list[Code]
    categories: list[Code]
    began_at: UtcTime
    reported_at: UtcTime


class IncidentClassified(
    Event,
    type="incident.classified.v1",
    topic=TOPIC,
    key="incident_id",
    when="Staff enter it with `POST …/incidents/{id}:classify`; a later one replaces it.",
    often="again",
    state="classified",
    undone_by=("incident.dismissed.v1",),
):
    """It was given a level, 1 the gravest (S110). It is not declared yet."""

    incident_id: UUID
    level: int
    classified_at: UtcTime


class IncidentDismissed(
    Event,
    type="incident.dismissed.v1",
    topic=TOPIC,
    key="incident_id",
    when="Staff enter it with `POST …/incidents/{id}:dismiss`.",
    often="once",
    state="dismissed",
):
    """It turned out to be no emergency, before it was declared one."""

    incident_id: UUID
    reason: Code
    dismissed_at: UtcTime


class IncidentDeclared(
    Event,
    type="incident.declared.v1",
    topic=TOPIC,
    key="incident_id",
    when="Somebody with the authority for its level enters it with `POST …/incidents/{id}:declare`.",
    often="once",
    state="declared",
    undone_by=("incident.restored.v1",),
):
    """It is an emergency from now on. `holds_surveys`: nobody should be asked about contacts at `touchpoints` (none named:
    at any) that happened since `began_at`, until it is restored. The first update is due at `next_update_at`."""

    incident_id: UUID
    incident_type: Code
    level: int
    touchpoints: list[Code]
    categories: list[Code]
    holds_surveys: bool
    began_at: UtcTime
    next_update_at: UtcTime
    declared_at: UtcTime


class IncidentLevelChanged(
    Event,
    type="incident-level.changed.v1",
    topic=TOPIC,
    key="incident_id",
    when="Somebody with the authority for both levels enters it with `POST …/incidents/{id}:change-level`.",
    often="again",
):
    """A declared incident became graver or lighter; updates follow the interval of the new level."""

    incident_id: UUID
    from_level: int
    to_level: int
    reason: Code
    touchpoints: list[Code]
    holds_surveys: bool
    next_update_at: UtcTime
    changed_at: UtcTime


class EmergencyPlanActivated(
    Event,
    type="emergency-plan.activated.v1",
    topic=TOPIC,
    key="incident_id",
    when="Staff enter it with `POST …/incidents/{id}:activate-plan`.",
    often="once",
    state="plan_activated",
):
    """Work goes by a version of an emergency plan (预案, S111), which gave the incident its checklist of `steps` steps."""

    incident_id: UUID
    plan: Code
    plan_version: int
    steps: int
    activated_at: UtcTime


class IncidentStepCompleted(
    Event,
    type="incident-step.completed.v1",
    topic=TOPIC,
    key="incident_id",
    when="Staff enter it with `POST …/incidents/{id}:complete-step`, once for each step.",
    often="again",
):
    """A step of the checklist was done; `in_time` is null where the plan gives it no limit."""

    incident_id: UUID
    step: Code
    role: Code
    in_time: bool | None
    completed_at: UtcTime


class IncidentUpdated(
    Event,
    type="incident.updated.v1",
    topic=TOPIC,
    key="incident_id",
    when="Staff enter it with `POST …/incidents/{id}:update`.",
    often="again",
):
    """Those concerned were told how things stand; `update` counts from 1. Where it shows may have changed."""

    incident_id: UUID
    update: int
    touchpoints: list[Code]
    categories: list[Code]
    next_update_at: UtcTime
    updated_at: UtcTime


class IncidentUpdateMissed(
    Event,
    type="incident-update.missed.v1",
    topic=TOPIC,
    key="incident_id",
    time="due_at",
    when="A timer at its own second, or whatever is entered first after it, finds that an interval has ended; once "
    "for each interval.",
    often="again",
):
    """An interval ended without an update; `due_at` is its exact end, not the time when somebody looked. `in_a_row` counts
    those since the last update."""

    incident_id: UUID
    level: int
    due_at: UtcTime
    in_a_row: int


class IncidentContained(
    Event,
    type="incident.contained.v1",
    topic=TOPIC,
    key="incident_id",
    when="Staff enter it with `POST …/incidents/{id}:contain`.",
    often="once",
    state="contained",
):
    """It spreads no further."""

    incident_id: UUID
    contained_at: UtcTime


class IncidentRestored(
    Event,
    type="incident.restored.v1",
    topic=TOPIC,
    key="incident_id",
    when="Staff enter it with `POST …/incidents/{id}:restore`.",
    often="once",
    state="service_restored",
):
    """Service is as it was: nothing is held any more because of this incident. `missed_updates` counts all of them."""

    incident_id: UUID
    level: int
    touchpoints: list[Code]
    categories: list[Code]
    began_at: UtcTime
    ended_at: UtcTime
    missed_updates: int
    restored_at: UtcTime


class IncidentReviewed(
    Event,
    type="incident.reviewed.v1",
    topic=TOPIC,
    key="incident_id",
    when="Staff enter it with `POST …/incidents/{id}:review`.",
    often="once",
    state="reviewed",
):
    """It was looked at afterwards; `cause` is a code, the findings stay with the service."""

    incident_id: UUID
    cause: Code
    reviewed_at: UtcTime


class IncidentClosed(
    Event,
    type="incident.closed.v1",
    topic=TOPIC,
    key="incident_id",
    when="Staff enter it with `POST …/incidents/{id}:close`.",
    often="once",
    state="closed",
):
    """The incident is closed; its checklist is complete."""

    incident_id: UUID
    level: int
    closed_at: UtcTime


class IncidentLinkMade(
    Event,
    type="incident-link.made.v1",
    topic=TOPIC,
    key="complaint_id",
    when="A complaint is filed, a timer finds it after a declaration or an update, or staff enter it with "
    "`POST …/incidents/{id}:link-complaint`.",
    often="again",
    undone_by=("incident-link.removed.v1",),
):
    """A complaint belongs to an incident: it was received in its time at one of its touchpoints and in one of its categories
    (`automatic`), or somebody said so."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    incident_id: UUID
    automatic: bool
    made_at: UtcTime


class IncidentLinkRemoved(
    Event,
    type="incident-link.removed.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff enter it with `POST …/incidents/{id}:unlink-complaint`.",
    often="again",
    undone_by=("incident-link.made.v1",),
):
    """Somebody said that a complaint does not belong to an incident; it is not linked to it automatically again."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    incident_id: UUID
    removed_at: UtcTime
