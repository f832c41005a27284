"""What the API shows of incidents and drills; free text stands only in their histories."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import Field
from rapport_contracts.fields import UtcTime

from rapport_complaints.cases.web.views import View
from rapport_complaints.emergencies.domain.emergency_lives import DRILL_LIFE, INCIDENT_LIFE


class IncidentStepView(View):
    """A step of the checklist as the plan's version has it; `due_at` null: no limit."""

    code: str
    text: str
    role: str
    due_at: UtcTime | None
    done_at: UtcTime | None
    done_by: str | None


class IncidentView(View):
    """An incident. `version` is its ETag; `allowed` are the moves that its state has."""

    id: UUID
    version: int
    number: str = Field(examples=["I2026-000042"])
    state: str = Field(examples=["declared"])
    allowed: list[str] = Field(default_factory=list, examples=[["change-level", "update", "activate-plan"]])
    incident_type: str
    type_version: int
    level: int | None = Field(description="1 is the gravest.")
    touchpoints: list[str] = Field(description="Where it shows; empty: everywhere.")
    categories: list[str] = Field(description="Of complaints; empty: all.")
    reported_at: UtcTime
    began_at: UtcTime
    ended_at: UtcTime | None
    policy: str | None
    policy_version: int | None
    holds_surveys: bool
    holds_clocks: bool = Field(description="Resolution clocks of its complaints stand still now.")
    update_minutes: int | None
    next_update_at: UtcTime | None = Field(description="Null before it is declared and after it is restored.")
    updates: int
    missed_updates: int
    missed_in_a_row: int = Field(description="Since the last update or change of level.")
    plan: str | None
    plan_version: int | None
    checklist: list[IncidentStepView]
    cause: str | None
    declared_at: UtcTime | None
    contained_at: UtcTime | None
    restored_at: UtcTime | None
    reviewed_at: UtcTime | None
    closed_at: UtcTime | None


class LinkedComplaint(View):
    """A complaint that belongs to an incident; `automatic` false: somebody said so."""

    id: UUID
    number: str
    state: str
    category: str
    touchpoint: str | None
    customer_id: UUID | None
    received_at: UtcTime
    automatic: bool
    linked_at: UtcTime
    linked_by: str


class ContactOfIncident(View):
    """A contact at one of its touchpoints in its time."""

    interaction_id: UUID
    touchpoint: str
    channel: str | None
    customer_id: UUID | None
    started_at: UtcTime


class GapView(View):
    """Something that a drill showed to be missing, who mends it, until when."""

    code: str
    owner: str
    due_at: UtcTime
    closed_at: UtcTime | None


class DrillView(View):
    """A drill. `version` is its ETag; `allowed` are the moves that its state has."""

    id: UUID
    version: int
    number: str = Field(examples=["D2026-000007"])
    state: str
    allowed: list[str] = Field(default_factory=list)
    plan: str
    plan_version: int
    planned_for: UtcTime
    participants: int | None
    gaps: list[GapView]
    held_at: UtcTime | None
    closed_at: UtcTime | None


def incident_view(shown: Any) -> IncidentView:
    """An incident, as every action answers, or as a row of a list."""
    return IncidentView.model_validate(shown).model_copy(update={"allowed": list(INCIDENT_LIFE.allowed(shown.state))})


def drill_view(shown: Any) -> DrillView:
    """A drill, as every action answers, or as a row of a list."""
    return DrillView.model_validate(shown).model_copy(update={"allowed": list(DRILL_LIFE.allowed(shown.state))})
