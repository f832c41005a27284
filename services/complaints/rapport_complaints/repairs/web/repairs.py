"""Repairs (S62, S133): request, show, list, and everything that happens to them.

All actions answer the repair with its new version, take If-Match, and refuse with 409 what the state does not allow.
"""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.lists import Page, Paging
from rapport_chassis.web import Actions, Call, Router, Scope
from rapport_chassis.web.histories import HISTORY, history_route
from rapport_chassis.work import Work
from rapport_kernel.errors import Conflict, Invalid, NotFound, VersionConflict

from rapport_complaints.access import READ, REFUSALS
from rapport_complaints.cases.domain.refusals import ApproverInvolved
from rapport_complaints.repairs.domain.repair import VendorMissing
from rapport_complaints.repairs.store.repairs import RepairFilters, Repairs, find_repairs
from rapport_complaints.repairs.usecases import advance_repair as usecases
from rapport_complaints.repairs.usecases.request_repair import NewRepair, request_repair
from rapport_complaints.repairs.web.repair_views import RepairView, repair_view

router = Router(tags=["repairs"])
HANDLE = Scope("complaints:repairs", level=2)


@router.post("/repairs", allow=Scope("complaints:file"), errors=[Invalid], status=201, summary="Request a repair")
async def post_repair(body: NewRepair, call: Call[Work]) -> RepairView:
    """A repair is no complaint, but may belong to one (S62). Both limits count from the request."""
    order = await call.run(request_repair, body)
    call.headers["Location"] = f"/complaints/v1/repairs/{order.id}"
    return repair_view(order)


@router.get("/repairs", allow=READ, errors=[Invalid], summary="List repairs")
async def get_repairs(filters: RepairFilters, paging: Paging, call: Call[Work]) -> Page[RepairView]:
    """Repairs that match all filters, the newest first; sort by `requested_at` or `number`."""
    return (await call.read(find_repairs, filters, paging)).map(repair_view)


@router.get("/repairs/{repair_id}", allow=READ, errors=[NotFound], summary="Show a repair")
async def get_repair(repair_id: UUID, call: Call[Work]) -> RepairView:
    """With its visits and limits."""
    return repair_view(await (await call.work()).store(Repairs).get(repair_id))


history_route(router, "/repairs/{repair_id}", Repairs, READ, ("get_repair_history", "History of a repair", HISTORY))


# fmt: off
on = Actions(router, "/repairs/{repair_id}", repair_view, REFUSALS)
on("accept", usecases.accept_repair, HANDLE, "Take a repair on", "Ends the limit for responding.", name="post_accept_repair")
on("assign-vendor", usecases.assign_vendor, HANDLE, "Give a repair to a vendor",
   "One of the register, in use, for this category; also to another one, until work begins.")
on("schedule", usecases.schedule_repair, HANDLE, "Make an appointment",
   "With the customer, or make it anew; a vendor must have the repair.", VendorMissing)
on("start", usecases.start_repair, HANDLE, "Begin the work", "From now on visits are recorded.")
on("record-visit", usecases.record_visit, HANDLE, "Record a visit", "Who was there, and with what outcome.")
on("complete", usecases.complete_repair, HANDLE, "The work is done",
   "Ends the limit for completing; the customer is to judge.")
on("accept-result", usecases.accept_result, HANDLE, "The customer is content",
   "The repair is over (验收). Who was there to do the work does not say so, nor does whom the complaint is about that it "
   "belongs to (409 `approver-involved`, 回避).", ApproverInvolved)
on("refuse-result", usecases.refuse_result, HANDLE, "The customer is not content",
   "It is done again (返工). The limit for completing runs on; the time in which he judged is not counted.")
on("cancel", usecases.cancel_repair, HANDLE, "Cancel a repair", "Until the work is done.", name="post_cancel_repair")
on("link-complaint", usecases.link_repair, HANDLE, "A repair belongs to a complaint",
   "Once, in any state of both.", errors=(NotFound, VersionConflict, Invalid, Conflict), name="post_link_repair")
# fmt: on
