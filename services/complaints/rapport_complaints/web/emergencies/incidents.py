"""Incidents (S109-S111): report, show, list, everything that happens to them, and their complaints.

All actions answer the incident with its new version, take If-Match, and refuse with 409 what the state does not allow.
"""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.web import Call, Page, Paging, Router, Scope
from rapport_kernel.errors import Conflict, Forbidden, Invalid, NotAllowed, NotFound, VersionConflict

from rapport_complaints.domain.emergencies.incident import ChecklistIncomplete, Incident
from rapport_complaints.store.emergencies.emergency_lists import (
    IncidentFilters,
    find_chronicle,
    find_contacts,
    find_incidents,
    find_linked,
)
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.chronicled import read_chronicle
from rapport_complaints.usecases.emergencies import advance_incident as usecases
from rapport_complaints.usecases.emergencies.link_incidents import Belonging, link_complaint, unlink_complaint
from rapport_complaints.usecases.emergencies.report_incident import NewIncident, report_incident
from rapport_complaints.web.cases.views import MoveView, move_view
from rapport_complaints.web.emergencies.emergency_views import (
    ContactOfIncident,
    IncidentView,
    LinkedComplaint,
    incident_row,
    incident_view,
)

router = Router(tags=["incidents"])
READ = Scope("complaints:read")
HANDLE = Scope("complaints:emergencies", level=2)
REFUSALS = (NotFound, NotAllowed, VersionConflict, Invalid)


@router.post("/incidents", allow=Scope("complaints:report"), errors=[Invalid], status=201, summary="Report an incident")
async def post_incident(body: NewIncident, call: Call[ComplaintsWork]) -> IncidentView:
    """Anybody who sees that something is wrong (S109). Nothing follows from it until it is declared."""
    incident = await call.run(report_incident, body)
    call.headers["Location"] = f"/complaints/v1/incidents/{incident.id}"
    return incident_view(incident)


@router.get("/incidents", allow=READ, errors=[Invalid], summary="List incidents")
async def get_incidents(filters: IncidentFilters, paging: Paging, call: Call[ComplaintsWork]) -> Page[IncidentView]:
    """Incidents that match all filters, the newest first; sort by `reported_at` or `number`."""
    page = await call.read(find_incidents, filters, paging)
    return Page(items=[incident_row(row) for row in page.items], next=page.next)


@router.get("/incidents/{incident_id}", allow=READ, errors=[NotFound], summary="Show an incident")
async def get_incident(incident_id: UUID, call: Call[ComplaintsWork]) -> IncidentView:
    """With its checklist and when the next update is due."""
    return incident_view(await call.read(_incident, incident_id))


@router.get("/incidents/{incident_id}/history", allow=READ, errors=[NotFound, Invalid], summary="History of an incident")
async def get_incident_history(incident_id: UUID, paging: Paging, call: Call[ComplaintsWork]) -> Page[MoveView]:
    """Who did what when and why, in the order in which it was entered; notes from level 2 on."""
    await call.read(_incident, incident_id)
    page = await call.read(find_chronicle, incident_id, paging)
    notes = await call.run(read_chronicle, "incident", incident_id, page.items)
    return Page(items=[move_view(past, notes.get(past.id)) for past in page.items], next=page.next)


@router.get(
    "/incidents/{incident_id}/complaints", allow=READ, errors=[NotFound, Invalid], summary="Complaints of an incident"
)
async def get_incident_complaints(incident_id: UUID, paging: Paging, call: Call[ComplaintsWork]) -> Page[LinkedComplaint]:
    """Those received in its time at its touchpoints and in its categories, and those linked by hand."""
    page = await call.read(find_linked, incident_id, paging)
    return Page(items=[LinkedComplaint.model_validate(row) for row in page.items], next=page.next)


@router.get(
    "/incidents/{incident_id}/interactions", allow=READ, errors=[NotFound, Invalid], summary="Contacts during an incident"
)
async def get_incident_interactions(
    incident_id: UUID, paging: Paging, call: Call[ComplaintsWork]
) -> Page[ContactOfIncident]:
    """Contacts that ended, at the touchpoints that the incident names, begun in its time; the newest first."""
    page = await call.read(find_contacts, incident_id, paging)
    return Page(items=[ContactOfIncident.model_validate(row) for row in page.items], next=page.next)


@router.post("/incidents/{incident_id}:classify", allow=HANDLE, errors=REFUSALS, summary="Give an incident its level")
async def post_classify(incident_id: UUID, body: usecases.Classification, call: Call[ComplaintsWork]) -> IncidentView:
    """1 is the gravest (S110); the levels that there are stand in the emergency policy."""
    return incident_view(await call.run(usecases.classify_incident, incident_id, body))


@router.post("/incidents/{incident_id}:dismiss", allow=HANDLE, errors=REFUSALS, summary="It is no emergency")
async def post_dismiss(incident_id: UUID, body: usecases.Dismissal, call: Call[ComplaintsWork]) -> IncidentView:
    """A false alarm; possible until it is declared."""
    return incident_view(await call.run(usecases.dismiss_incident, incident_id, body))


@router.post("/incidents/{incident_id}:declare", allow=HANDLE, errors=(*REFUSALS, Forbidden), summary="Declare an emergency")
async def post_declare(incident_id: UUID, body: usecases.Declaration, call: Call[ComplaintsWork]) -> IncidentView:
    """Needs the access level that the emergency policy asks for the incident's level (403 `authority-too-low`). Updates
    are due from now on; complaints of its time and places are linked."""
    return incident_view(await call.run(usecases.declare_incident, incident_id, body))


@router.post(
    "/incidents/{incident_id}:change-level",
    allow=HANDLE,
    errors=(*REFUSALS, Forbidden, Conflict),
    summary="Make an incident graver or lighter",
)
async def post_change_level(incident_id: UUID, body: usecases.LevelChange, call: Call[ComplaintsWork]) -> IncidentView:
    """With a reason, and the authority for both levels; the interval for updates starts anew."""
    return incident_view(await call.run(usecases.change_incident_level, incident_id, body))


@router.post("/incidents/{incident_id}:activate-plan", allow=HANDLE, errors=REFUSALS, summary="Work by an emergency plan")
async def post_activate_plan(incident_id: UUID, body: usecases.PlanActivation, call: Call[ComplaintsWork]) -> IncidentView:
    """The checklist of the plan's version in force is copied (S111); its limits count from now."""
    return incident_view(await call.run(usecases.activate_plan, incident_id, body))


@router.post(
    "/incidents/{incident_id}:complete-step",
    allow=HANDLE,
    errors=(*REFUSALS, Conflict),
    summary="A step of the checklist was done",
)
async def post_complete_step(incident_id: UUID, body: usecases.StepDone, call: Call[ComplaintsWork]) -> IncidentView:
    """Also after the restoration, until it is closed."""
    return incident_view(await call.run(usecases.complete_step, incident_id, body))


@router.post("/incidents/{incident_id}:update", allow=HANDLE, errors=REFUSALS, summary="Say how things stand")
async def post_update(incident_id: UUID, body: usecases.Update, call: Call[ComplaintsWork]) -> IncidentView:
    """Moves the time at which the next update is due; may put right where it shows."""
    return incident_view(await call.run(usecases.update_incident, incident_id, body))


@router.post("/incidents/{incident_id}:contain", allow=HANDLE, errors=REFUSALS, summary="It spreads no further")
async def post_contain(incident_id: UUID, body: usecases.Containment, call: Call[ComplaintsWork]) -> IncidentView:
    """Updates are still due."""
    return incident_view(await call.run(usecases.contain_incident, incident_id, body))


@router.post("/incidents/{incident_id}:restore", allow=HANDLE, errors=REFUSALS, summary="Service is as it was")
async def post_restore(incident_id: UUID, body: usecases.Restoration, call: Call[ComplaintsWork]) -> IncidentView:
    """No update is due any more; what comes in from now on does not belong to it."""
    return incident_view(await call.run(usecases.restore_incident, incident_id, body))


@router.post("/incidents/{incident_id}:review", allow=HANDLE, errors=REFUSALS, summary="Look at an incident afterwards")
async def post_review(incident_id: UUID, body: usecases.Review, call: Call[ComplaintsWork]) -> IncidentView:
    """The cause as a code, what was learnt as a note."""
    return incident_view(await call.run(usecases.review_incident, incident_id, body))


@router.post(
    "/incidents/{incident_id}:close",
    allow=HANDLE,
    errors=(*REFUSALS, ChecklistIncomplete),
    summary="Close an incident",
)
async def post_close_incident(incident_id: UUID, body: usecases.IncidentClosing, call: Call[ComplaintsWork]) -> IncidentView:
    """Refused while steps of the checklist are to be done; names them."""
    return incident_view(await call.run(usecases.close_incident, incident_id, body))


@router.post(
    "/incidents/{incident_id}:link-complaint",
    allow=HANDLE,
    errors=(NotFound, VersionConflict, Invalid, Conflict),
    summary="A complaint belongs to an incident",
)
async def post_link_complaint(incident_id: UUID, body: Belonging, call: Call[ComplaintsWork]) -> IncidentView:
    """In any state of both."""
    return incident_view(await call.run(link_complaint, incident_id, body))


@router.post(
    "/incidents/{incident_id}:unlink-complaint",
    allow=HANDLE,
    errors=(NotFound, VersionConflict, Invalid, Conflict),
    summary="A complaint does not belong to an incident",
)
async def post_unlink_complaint(incident_id: UUID, body: Belonging, call: Call[ComplaintsWork]) -> IncidentView:
    """It is not linked automatically again."""
    return incident_view(await call.run(unlink_complaint, incident_id, body))


async def _incident(work: ComplaintsWork, incident_id: UUID) -> Incident:
    return await work.incidents.get(incident_id)
