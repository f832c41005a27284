"""Incidents (S109-S111): report, show, list, everything that happens to them, and their complaints.

All actions answer the incident with its new version, take If-Match, and refuse with 409 what the state does not allow.
"""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.lists import Page, Paging
from rapport_chassis.web import Actions, Call, Router, Scope
from rapport_chassis.web.histories import HISTORY, history_route
from rapport_chassis.work import Work
from rapport_kernel.errors import Conflict, Forbidden, Invalid, NotFound, VersionConflict

from rapport_complaints.access import READ, REFUSALS
from rapport_complaints.cases.domain.refusals import ChecklistIncomplete
from rapport_complaints.emergencies.store.emergency_lists import IncidentFilters, find_contacts, find_incidents, find_linked
from rapport_complaints.emergencies.store.incidents import Incidents
from rapport_complaints.emergencies.usecases import advance_incident as usecases
from rapport_complaints.emergencies.usecases.link_incidents import link_complaint, unlink_complaint
from rapport_complaints.emergencies.usecases.report_incident import NewIncident, report_incident
from rapport_complaints.emergencies.web.emergency_views import (
    ContactOfIncident,
    IncidentView,
    LinkedComplaint,
    incident_view,
)

router = Router(tags=["incidents"])
HANDLE = Scope("complaints:emergencies", level=2)


@router.post("/incidents", allow=Scope("complaints:report"), errors=[Invalid], status=201, summary="Report an incident")
async def post_incident(body: NewIncident, call: Call[Work]) -> IncidentView:
    """Anybody who sees that something is wrong (S109). Nothing follows from it until it is declared."""
    incident = await call.run(report_incident, body)
    call.headers["Location"] = f"/complaints/v1/incidents/{incident.id}"
    return incident_view(incident)


@router.get("/incidents", allow=READ, errors=[Invalid], summary="List incidents")
async def get_incidents(filters: IncidentFilters, paging: Paging, call: Call[Work]) -> Page[IncidentView]:
    """Incidents that match all filters, the newest first; sort by `reported_at` or `number`."""
    return (await call.read(find_incidents, filters, paging)).map(incident_view)


@router.get("/incidents/{incident_id}", allow=READ, errors=[NotFound], summary="Show an incident")
async def get_incident(incident_id: UUID, call: Call[Work]) -> IncidentView:
    """With its checklist and when the next update is due."""
    return incident_view(await (await call.work()).store(Incidents).get(incident_id))


history_route(
    router, "/incidents/{incident_id}", Incidents, READ, ("get_incident_history", "History of an incident", HISTORY)
)


@router.get(
    "/incidents/{incident_id}/complaints", allow=READ, errors=[NotFound, Invalid], summary="Complaints of an incident"
)
async def get_incident_complaints(incident_id: UUID, paging: Paging, call: Call[Work]) -> Page[LinkedComplaint]:
    """Those received in its time at its touchpoints and in its categories, and those linked by hand."""
    return (await call.read(find_linked, incident_id, paging)).map(LinkedComplaint.model_validate)


@router.get(
    "/incidents/{incident_id}/interactions", allow=READ, errors=[NotFound, Invalid], summary="Contacts during an incident"
)
async def get_incident_interactions(incident_id: UUID, paging: Paging, call: Call[Work]) -> Page[ContactOfIncident]:
    """Contacts that ended, at the touchpoints that the incident names, begun in its time; the newest first."""
    return (await call.read(find_contacts, incident_id, paging)).map(ContactOfIncident.model_validate)


# fmt: off
on = Actions(router, "/incidents/{incident_id}", incident_view, REFUSALS)
on("classify", usecases.classify_incident, HANDLE, "Give an incident its level",
   "1 is the gravest (S110); the levels that there are stand in the emergency policy.")
on("dismiss", usecases.dismiss_incident, HANDLE, "It is no emergency", "A false alarm; possible until it is declared.")
on("declare", usecases.declare_incident, HANDLE, "Declare an emergency",
   "Needs the access level that the emergency policy asks for the incident's level (403 `authority-too-low`). Updates "
   "are due from now on; complaints of its time and places are linked.", Forbidden)
on("change-level", usecases.change_incident_level, HANDLE, "Make an incident graver or lighter",
   "With a reason, and the authority for both levels; the interval for updates starts anew.", Forbidden, Conflict)
on("activate-plan", usecases.activate_plan, HANDLE, "Work by an emergency plan",
   "The checklist of the plan's version in force is copied (S111); its limits count from now.")
on("complete-step", usecases.complete_step, HANDLE, "A step of the checklist was done",
   "Also after the restoration, until it is closed.", Conflict)
on("update", usecases.update_incident, HANDLE, "Say how things stand",
   "Moves the time at which the next update is due; may put right where it shows.")
on("contain", usecases.contain_incident, HANDLE, "It spreads no further", "Updates are still due.")
on("restore", usecases.restore_incident, HANDLE, "Service is as it was",
   "No update is due any more; what comes in from now on does not belong to it.")
on("review", usecases.review_incident, HANDLE, "Look at an incident afterwards",
   "The cause as a code, what was learnt as a note.")
on("close", usecases.close_incident, HANDLE, "Close an incident",
   "Refused while steps of the checklist are to be done; names them.", ChecklistIncomplete, name="post_close_incident")
on("link-complaint", link_complaint, HANDLE, "A complaint belongs to an incident",
   "In any state of both, but for a dismissed incident.", errors=(NotFound, VersionConflict, Invalid, Conflict))
on("unlink-complaint", unlink_complaint, HANDLE, "A complaint does not belong to an incident",
   "It is not linked automatically again.", errors=(NotFound, VersionConflict, Invalid, Conflict))
# fmt: on
