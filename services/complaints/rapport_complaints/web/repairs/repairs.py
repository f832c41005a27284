"""Repairs (S62, S133): request, show, list, and everything that happens to them.

All actions answer the repair with its new version, take If-Match, and refuse with 409 what the state does not allow.
"""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.web import Call, Page, Paging, Router, Scope
from rapport_kernel.errors import Conflict, Invalid, NotAllowed, NotFound, VersionConflict

from rapport_complaints.domain.cases.refusals import ApproverInvolved
from rapport_complaints.domain.repairs.repair import VendorMissing, WorkOrder
from rapport_complaints.store.emergencies.emergency_lists import find_chronicle
from rapport_complaints.store.repairs.repairs import RepairFilters, find_repairs
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.chronicled import read_chronicle
from rapport_complaints.usecases.repairs import advance_repair as usecases
from rapport_complaints.usecases.repairs.request_repair import NewRepair, request_repair
from rapport_complaints.web.cases.views import MoveView, move_view
from rapport_complaints.web.repairs.repair_views import RepairView, repair_row, repair_view

router = Router(tags=["repairs"])
READ = Scope("complaints:read")
HANDLE = Scope("complaints:repairs", level=2)
REFUSALS = (NotFound, NotAllowed, VersionConflict, Invalid)


@router.post("/repairs", allow=Scope("complaints:file"), errors=[Invalid], status=201, summary="Request a repair")
async def post_repair(body: NewRepair, call: Call[ComplaintsWork]) -> RepairView:
    """A repair is no complaint, but may belong to one (S62). Both limits count from the request."""
    order = await call.run(request_repair, body)
    call.headers["Location"] = f"/complaints/v1/repairs/{order.id}"
    return repair_view(order)


@router.get("/repairs", allow=READ, errors=[Invalid], summary="List repairs")
async def get_repairs(filters: RepairFilters, paging: Paging, call: Call[ComplaintsWork]) -> Page[RepairView]:
    """Repairs that match all filters, the newest first; sort by `requested_at` or `number`."""
    page = await call.read(find_repairs, filters, paging)
    return Page(items=[repair_row(row) for row in page.items], next=page.next)


@router.get("/repairs/{repair_id}", allow=READ, errors=[NotFound], summary="Show a repair")
async def get_repair(repair_id: UUID, call: Call[ComplaintsWork]) -> RepairView:
    """With its visits and limits."""
    return repair_view(await call.read(_order, repair_id))


@router.get("/repairs/{repair_id}/history", allow=READ, errors=[NotFound, Invalid], summary="History of a repair")
async def get_repair_history(repair_id: UUID, paging: Paging, call: Call[ComplaintsWork]) -> Page[MoveView]:
    """Who did what when and why, in the order in which it was entered; notes from level 2 on."""
    order = await call.read(_order, repair_id)
    page = await call.read(find_chronicle, repair_id, paging)
    notes = await call.run(read_chronicle, "repair", repair_id, page.items, order.keyed_by)
    return Page(items=[move_view(past, notes.get(past.id)) for past in page.items], next=page.next)


@router.post("/repairs/{repair_id}:accept", allow=HANDLE, errors=REFUSALS, summary="Take a repair on")
async def post_accept_repair(repair_id: UUID, body: usecases.RepairAcceptance, call: Call[ComplaintsWork]) -> RepairView:
    """Ends the limit for responding."""
    return repair_view(await call.run(usecases.accept_repair, repair_id, body))


@router.post("/repairs/{repair_id}:assign-vendor", allow=HANDLE, errors=REFUSALS, summary="Give a repair to a vendor")
async def post_assign_vendor(repair_id: UUID, body: usecases.VendorAssignment, call: Call[ComplaintsWork]) -> RepairView:
    """One of the register, in use, for this category; also to another one, until work begins."""
    return repair_view(await call.run(usecases.assign_vendor, repair_id, body))


@router.post("/repairs/{repair_id}:schedule", allow=HANDLE, errors=(*REFUSALS, VendorMissing), summary="Make an appointment")
async def post_schedule(repair_id: UUID, body: usecases.Appointment, call: Call[ComplaintsWork]) -> RepairView:
    """With the customer, or make it anew; a vendor must have the repair."""
    return repair_view(await call.run(usecases.schedule_repair, repair_id, body))


@router.post("/repairs/{repair_id}:start", allow=HANDLE, errors=REFUSALS, summary="Begin the work")
async def post_start(repair_id: UUID, body: usecases.WorkStart, call: Call[ComplaintsWork]) -> RepairView:
    """From now on visits are recorded."""
    return repair_view(await call.run(usecases.start_repair, repair_id, body))


@router.post("/repairs/{repair_id}:record-visit", allow=HANDLE, errors=REFUSALS, summary="Record a visit")
async def post_record_visit(repair_id: UUID, body: usecases.NewVisit, call: Call[ComplaintsWork]) -> RepairView:
    """Who was there, and with what outcome."""
    return repair_view(await call.run(usecases.record_visit, repair_id, body))


@router.post("/repairs/{repair_id}:complete", allow=HANDLE, errors=REFUSALS, summary="The work is done")
async def post_complete(repair_id: UUID, body: usecases.Completion, call: Call[ComplaintsWork]) -> RepairView:
    """Ends the limit for completing; the customer is to judge."""
    return repair_view(await call.run(usecases.complete_repair, repair_id, body))


@router.post(
    "/repairs/{repair_id}:accept-result",
    allow=HANDLE,
    errors=(*REFUSALS, ApproverInvolved),
    summary="The customer is content",
)
async def post_accept_result(repair_id: UUID, body: usecases.ResultAcceptance, call: Call[ComplaintsWork]) -> RepairView:
    """The repair is over (验收). Who was there to do the work does not say so, nor does whom the complaint is about that it
    belongs to (409 `approver-involved`, 回避)."""
    return repair_view(await call.run(usecases.accept_result, repair_id, body))


@router.post("/repairs/{repair_id}:refuse-result", allow=HANDLE, errors=REFUSALS, summary="The customer is not content")
async def post_refuse_result(repair_id: UUID, body: usecases.ResultRefusal, call: Call[ComplaintsWork]) -> RepairView:
    """It is done again (返工). The limit for completing runs on; the time in which he judged is not counted."""
    return repair_view(await call.run(usecases.refuse_result, repair_id, body))


@router.post("/repairs/{repair_id}:cancel", allow=HANDLE, errors=REFUSALS, summary="Cancel a repair")
async def post_cancel_repair(repair_id: UUID, body: usecases.RepairCancellation, call: Call[ComplaintsWork]) -> RepairView:
    """Until the work is done."""
    return repair_view(await call.run(usecases.cancel_repair, repair_id, body))


@router.post(
    "/repairs/{repair_id}:link-complaint",
    allow=HANDLE,
    errors=(NotFound, VersionConflict, Invalid, Conflict),
    summary="A repair belongs to a complaint",
)
async def post_link_repair(repair_id: UUID, body: usecases.RepairOfComplaint, call: Call[ComplaintsWork]) -> RepairView:
    """Once, in any state of both."""
    return repair_view(await call.run(usecases.link_repair, repair_id, body))


async def _order(work: ComplaintsWork, repair_id: UUID) -> WorkOrder:
    return await work.repairs.get(repair_id)
