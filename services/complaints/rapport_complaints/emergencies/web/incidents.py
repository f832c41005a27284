"""Incidents (S109-S111): report, show, list, all of their actions, and their complaints.

All actions answer the incident with its new version, take If-Match, and refuse with 409 what the state does not allow.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field
from rapport_chassis.lists import Page, Paging
from rapport_chassis.web import Actions, Call, Names, Person, Resource, Router, Scope, View
from rapport_chassis.web.operations import always
from rapport_chassis.web.values import acted_on, known
from rapport_chassis.web.views import Allowed, shown_as
from rapport_chassis.work import Work
from rapport_contracts.fields import UtcTime
from rapport_contracts.vocabulary import Channel
from rapport_kernel.errors import (
    NotFound,
    VersionConflict,
)

from rapport_complaints.access import READ
from rapport_complaints.cases.domain.life import LIFE
from rapport_complaints.cases.domain.refusals import ChecklistIncomplete
from rapport_complaints.emergencies.domain.incident import (
    INCIDENT_LIFE,
    Incident,
    has_no_open_step,
    has_open_step,
    takes_complaints,
)
from rapport_complaints.emergencies.store import (
    LINKED,
    REPORTED,
    STARTED,
    ContactFilters,
    IncidentFilters,
    Incidents,
    LinkFilters,
    find_contacts,
    find_linked,
)
from rapport_complaints.emergencies.usecases import incidents as usecases
from rapport_complaints.emergencies.usecases.links import link_complaint, unlink_complaint

router = Router(tags=["incidents"], about="Emergencies: their level, the steps of their plan, what was learned.")
HANDLE = Scope("complaints:emergencies", level=2)


class IncidentStepView(View):
    """A step of the checklist, as in the version of the plan; `due_at` null: no limit."""

    code: str
    text: str
    role: str
    due_at: UtcTime | None
    done_at: UtcTime | None
    done_by: Person | None


class IncidentView(View):
    """An incident. `version` is its ETag. Free text is in its history only."""

    id: UUID
    version: int
    updated_at: UtcTime = Field(description="When it was last written.")
    number: str = Field(examples=["I2026-000042"])
    state: Annotated[str, known(INCIDENT_LIFE)] = Field(examples=["declared"])
    allowed: Annotated[Allowed, acted_on(Incident)] = Field(examples=[["change-level", "update", "activate-plan"]])
    incident_type: str
    type_version: int
    level: int | None = Field(description="1 is the most severe.")
    touchpoints: list[str] = Field(description="Affected ones; empty: all.")
    categories: list[str] = Field(description="Of complaints; empty: all.")
    reported_at: UtcTime
    began_at: UtcTime
    ended_at: UtcTime | None
    policy: str | None
    policy_version: int | None
    holds_surveys: bool
    holds_clocks: bool = Field(description="The resolution clocks of its complaints are stopped now.")
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
    names: Names


class LinkedComplaint(View):
    """A complaint that belongs to an incident; `automatic` false: it was linked by hand."""

    id: UUID
    number: str
    state: Annotated[str, known(LIFE)]
    category: str
    touchpoint: str | None
    customer_id: UUID | None
    received_at: UtcTime
    automatic: bool
    linked_at: UtcTime
    linked_by: Person
    names: Names


class ContactOfIncident(View):
    """A contact at one of its touchpoints in its time."""

    interaction_id: UUID
    touchpoint: str
    channel: Annotated[str | None, known(Channel)]
    customer_id: UUID | None
    started_at: UtcTime


incident_view = shown_as(IncidentView)


@router.post(
    "/incidents",
    allow=Scope("complaints:report"),
    errors=["in-the-future", "too-long-ago", "unknown-incident-type"],
    status=201,
    summary="Report an incident",
)
async def post_incident(body: usecases.NewIncident, call: Call[Work]) -> IncidentView:
    """For anybody who sees that something is wrong (S109). It has no effect until it is declared."""
    incident = await call.run(usecases.report_incident, body)
    return incident_view(incident, call)


@router.get("/incidents/{incident_id}/complaints", allow=READ, errors=[NotFound], summary="Complaints of an incident")
async def get_incident_complaints(
    incident_id: UUID, filters: LinkFilters, paging: Annotated[Paging, LINKED], call: Call[Work]
) -> Page[LinkedComplaint]:
    """Those received in its time at its touchpoints and in its categories, and those linked by hand."""
    return (await call.read(find_linked, incident_id, filters, paging)).map(LinkedComplaint.model_validate)


@router.get("/incidents/{incident_id}/interactions", allow=READ, errors=[NotFound], summary="Contacts during an incident")
async def get_incident_interactions(
    incident_id: UUID, filters: ContactFilters, paging: Annotated[Paging, STARTED], call: Call[Work]
) -> Page[ContactOfIncident]:
    """Completed contacts at the touchpoints that the incident names, begun in its time; the newest first."""
    return (await call.read(find_contacts, incident_id, filters, paging)).map(ContactOfIncident.model_validate)


# fmt: off
of = Resource(router, "/incidents/{incident_id}", ("incident", "incidents"), IncidentView, Incidents, read=READ)
of.lists(IncidentFilters, REPORTED, "Incidents that match all filters, the newest first.")
of.shows("With its checklist and when the next update is due.")
of.history()
of.verifies()
of.action("classify", usecases.classify_incident, HANDLE, "Set the level of an incident",
          "1 is the most severe (S110); the emergency policy defines the levels.", "unknown-level", name="post_classify")
of.step("dismiss", Incident.dismiss, usecases.Dismissal, HANDLE, "Dismiss an incident",
        "It is not an emergency; possible until it is declared.", name="post_dismiss")
of.action("declare", usecases.declare_incident, HANDLE, "Declare an emergency",
          "Needs the access level that the emergency policy requires for the incident's level (403 `authority-too-low`). "
          "Updates are due from now on; complaints of its time and places are linked.",
          "unknown-level", "authority-too-low", name="post_declare")
of.action("change-level", usecases.change_incident_level, HANDLE, "Make an incident more or less severe",
          "With a reason, and the authority for both levels; the update interval starts again.",
          "unknown-level", "same-level", "authority-too-low",
          name="post_change_level")
of.action("activate-plan", usecases.activate_plan, HANDLE, "Work by an emergency plan",
          "The checklist of the plan version in force is copied (S111); its limits count from now.",
          "unknown-plan", "plan-does-not-fit",
          name="post_activate_plan")
of.step("complete-step", Incident.complete_step, usecases.StepDone, HANDLE, "Complete a step of the checklist",
        "Also after the restoration, until it is closed.", "unknown-step", "step-done",
        name="post_complete_step", when=has_open_step)
of.action("update", usecases.update_incident, HANDLE, "Give an update",
          "Moves the time at which the next update is due; can correct what is affected.", name="post_update")
of.step("contain", Incident.contain, usecases.Containment, HANDLE, "Contain an incident",
        "It no longer spreads. Updates are still due.", name="post_contain")
of.action("restore", usecases.restore_incident, HANDLE, "Restore service",
          "No more updates are due; complaints received from now on do not belong to it.", name="post_restore")
of.step("review", Incident.review, usecases.Review, HANDLE, "Review an incident",
        "The cause as a code; the note is what was learned.", name="post_review")
of.step("close", Incident.close, usecases.IncidentClosing, HANDLE, "Close an incident",
        "Refused while steps of the checklist are not done; the answer names them.", ChecklistIncomplete,
        when=has_no_open_step)
on = Actions(router, "/incidents/{incident_id}", Incident, incident_view, (NotFound, VersionConflict))
on("link-complaint", link_complaint, HANDLE, "Link a complaint to an incident",
   "In any state of both, but not to a dismissed incident.", "unknown-complaint", "dismissed", "linked",
   when=takes_complaints)
on("unlink-complaint", unlink_complaint, HANDLE, "Unlink a complaint from an incident",
   "It is not linked automatically again.", "unknown-complaint", "not-linked", when=always)
# fmt: on
