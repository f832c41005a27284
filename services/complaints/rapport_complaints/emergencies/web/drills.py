"""Drills of emergency plans (S112). All actions answer the drill with its new version and take If-Match."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.lists import Page, Paging
from rapport_chassis.web import Actions, Call, Router, Scope
from rapport_chassis.web.histories import HISTORY, history_route
from rapport_chassis.work import Work
from rapport_kernel.errors import Conflict, Invalid, NotFound

from rapport_complaints.access import READ, REFUSALS
from rapport_complaints.emergencies.domain.drill import GapsOpen
from rapport_complaints.emergencies.store.emergency_lists import DrillFilters, find_drills
from rapport_complaints.emergencies.store.incidents import Drills
from rapport_complaints.emergencies.usecases import run_drill as usecases
from rapport_complaints.emergencies.web.emergency_views import DrillView, drill_view

router = Router(tags=["drills"])
HANDLE = Scope("complaints:emergencies", level=2)


@router.post("/drills", allow=HANDLE, errors=[Invalid], status=201, summary="Plan a drill")
async def post_drill(body: usecases.NewDrill, call: Call[Work]) -> DrillView:
    """Of a plan as it stands now (S112)."""
    drill = await call.run(usecases.plan_drill, body)
    call.headers["Location"] = f"/complaints/v1/drills/{drill.id}"
    return drill_view(drill)


@router.get("/drills", allow=READ, errors=[Invalid], summary="List drills")
async def get_drills(filters: DrillFilters, paging: Paging, call: Call[Work]) -> Page[DrillView]:
    """Drills that match all filters, the latest first; sort by `planned_for` or `number`."""
    return (await call.read(find_drills, filters, paging)).map(drill_view)


@router.get("/drills/{drill_id}", allow=READ, errors=[NotFound], summary="Show a drill")
async def get_drill(drill_id: UUID, call: Call[Work]) -> DrillView:
    """With its gaps."""
    return drill_view(await (await call.work()).store(Drills).get(drill_id))


history_route(router, "/drills/{drill_id}", Drills, READ, ("get_drill_history", "History of a drill", HISTORY))


# fmt: off
on = Actions(router, "/drills/{drill_id}", drill_view, REFUSALS)
on("hold", usecases.hold_drill, HANDLE, "A drill was held", "What was seen is the note.")
on("cancel", usecases.cancel_drill, HANDLE, "A drill will not be held",
   "Possible until it is held.", name="post_cancel_drill")
on("record-gaps", usecases.record_gaps, HANDLE, "Record what was missing",
   "Each with an owner and a due time; an empty list says that nothing was missing. More can be added later.")
on("close-gap", usecases.close_gap, HANDLE, "A gap was mended", "In time or late.", Conflict)
on("close", usecases.close_drill, HANDLE, "Close a drill", "Refused while a gap is open.", GapsOpen, name="post_close_drill")
# fmt: on
