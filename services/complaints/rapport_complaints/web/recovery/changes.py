"""Changes (S68, S69): propose, show, list, everything that happens to them, and what they did.

All actions answer the change with its new version, take If-Match, and refuse with 409 what the state does not allow.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field
from rapport_chassis.web import Call, Page, Paging, Router, Scope
from rapport_chassis.web.body import Params
from rapport_kernel.errors import Conflict, Invalid, NotAllowed, NotFound, VersionConflict

from rapport_complaints.domain.recovery.change import ChangeRecord, EffectMissing, StepsMissing, StepsOpen
from rapport_complaints.domain.recovery.change_effect import TooEarly
from rapport_complaints.store.emergencies.emergency_lists import find_chronicle
from rapport_complaints.store.recovery.changes import ChangeFilters, find_changes
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.chronicled import read_chronicle
from rapport_complaints.usecases.recovery import advance_change as usecases
from rapport_complaints.usecases.recovery.propose_change import NewChange, propose_change
from rapport_complaints.web.cases.views import MoveView, move_view
from rapport_complaints.web.recovery.change_views import ChangeView, EffectView, change_row, change_view, effect_view

router = Router(tags=["changes"])
READ = Scope("complaints:read")
CHANGE = Scope("complaints:changes", level=2)
REFUSALS = (NotFound, NotAllowed, VersionConflict, Invalid)


class Comparison(Params):
    """How many days before and after are compared."""

    days: Annotated[int, Field(ge=1, le=usecases.LONGEST_DAYS)] = usecases.USUAL_DAYS


@router.post("/changes", allow=CHANGE, errors=[Invalid], status=201, summary="Propose a change")
async def post_change(body: NewChange, call: Call[ComplaintsWork]) -> ChangeView:
    """For a trend that was found, or for a group of complaints, such as those of a cause (S68)."""
    change = await call.run(propose_change, body)
    call.headers["Location"] = f"/complaints/v1/changes/{change.id}"
    return change_view(change)


@router.get("/changes", allow=READ, errors=[Invalid], summary="List changes")
async def get_changes(filters: ChangeFilters, paging: Paging, call: Call[ComplaintsWork]) -> Page[ChangeView]:
    """Changes that match all filters, the newest first; sort by `proposed_at` or `number`."""
    page = await call.read(find_changes, filters, paging)
    return Page(items=[change_row(row) for row in page.items], next=page.next)


@router.get("/changes/{change_id}", allow=READ, errors=[NotFound], summary="Show a change")
async def get_change(change_id: UUID, call: Call[ComplaintsWork]) -> ChangeView:
    """With its steps and the effects that were recorded."""
    return change_view(await call.read(_change, change_id))


@router.get("/changes/{change_id}/history", allow=READ, errors=[NotFound, Invalid], summary="History of a change")
async def get_change_history(change_id: UUID, paging: Paging, call: Call[ComplaintsWork]) -> Page[MoveView]:
    """Who did what when and why, in the order in which it was entered; notes from level 2 on."""
    await call.read(_change, change_id)
    page = await call.read(find_chronicle, change_id, paging)
    notes = await call.run(read_chronicle, "change", change_id, page.items)
    return Page(items=[move_view(past, notes.get(past.id)) for past in page.items], next=page.next)


@router.get(
    "/changes/{change_id}/effect",
    allow=Scope("complaints:stats"),
    errors=[NotFound, NotAllowed, TooEarly, Invalid],
    summary="What a change did",
)
async def get_effect(change_id: UUID, compared: Comparison, call: Call[ComplaintsWork]) -> EffectView:
    """Measured now, by significance and minimum of the trend policy in force; `:record-effect` keeps it."""
    return effect_view(await call.read(usecases.show_effect, change_id, compared.days))


@router.post(
    "/changes/{change_id}:link-complaint",
    allow=CHANGE,
    errors=(*REFUSALS, Conflict),
    summary="A complaint shows the problem",
)
async def post_link_change(change_id: UUID, body: usecases.ComplaintOfChange, call: Call[ComplaintsWork]) -> ChangeView:
    """Once for each complaint, as long as the change is under way."""
    return change_view(await call.run(usecases.link_change, change_id, body))


@router.post("/changes/{change_id}:plan-steps", allow=CHANGE, errors=(*REFUSALS, Conflict), summary="Plan steps of a change")
async def post_plan_steps(change_id: UUID, body: usecases.NewSteps, call: Call[ComplaintsWork]) -> ChangeView:
    """Each with an owner and a due time; a step that is late is published once, at its due time."""
    return change_view(await call.run(usecases.plan_steps, change_id, body))


@router.post("/changes/{change_id}:unfreeze", allow=CHANGE, errors=REFUSALS, summary="The old way does not bind any more")
async def post_unfreeze(change_id: UUID, body: usecases.Unfreezing, call: Call[ComplaintsWork]) -> ChangeView:
    """解冻. A refrozen change without effect is unfrozen once more; what it is compared with stays."""
    return change_view(await call.run(usecases.unfreeze, change_id, body))


@router.post("/changes/{change_id}:start", allow=CHANGE, errors=(*REFUSALS, StepsMissing), summary="Bring the new way in")
async def post_start_change(change_id: UUID, body: usecases.ChangeStart, call: Call[ComplaintsWork]) -> ChangeView:
    """改变. At least one step is to be done."""
    return change_view(await call.run(usecases.start_change, change_id, body))


@router.post("/changes/{change_id}:complete-step", allow=CHANGE, errors=(*REFUSALS, Conflict), summary="A step was done")
async def post_complete_step(change_id: UUID, body: usecases.ChangeStepDone, call: Call[ComplaintsWork]) -> ChangeView:
    """What was done in time and entered late is in time."""
    return change_view(await call.run(usecases.complete_step, change_id, body))


@router.post("/changes/{change_id}:refreeze", allow=CHANGE, errors=(*REFUSALS, StepsOpen), summary="The new way binds")
async def post_refreeze(change_id: UUID, body: usecases.Refreezing, call: Call[ComplaintsWork]) -> ChangeView:
    """再冻结. Every step is done; the effect is measured from here on."""
    return change_view(await call.run(usecases.refreeze, change_id, body))


@router.post(
    "/changes/{change_id}:record-effect",
    allow=CHANGE,
    errors=(*REFUSALS, TooEarly, Conflict),
    summary="Record what a change did",
)
async def post_record_effect(change_id: UUID, body: usecases.EffectRecording, call: Call[ComplaintsWork]) -> ChangeView:
    """Counted now, and kept whatever comes out, also that there are too few complaints to tell."""
    return change_view(await call.run(usecases.record_effect, change_id, body))


@router.post("/changes/{change_id}:close", allow=CHANGE, errors=(*REFUSALS, EffectMissing), summary="Close a change")
async def post_close_change(change_id: UUID, body: usecases.ChangeClosing, call: Call[ComplaintsWork]) -> ChangeView:
    """Once its effect was recorded since it was refrozen."""
    return change_view(await call.run(usecases.close_change, change_id, body))


@router.post("/changes/{change_id}:abandon", allow=CHANGE, errors=REFUSALS, summary="Abandon a change")
async def post_abandon_change(change_id: UUID, body: usecases.ChangeAbandonment, call: Call[ComplaintsWork]) -> ChangeView:
    """Until it is closed; nothing of it is due any more."""
    return change_view(await call.run(usecases.abandon_change, change_id, body))


async def _change(work: ComplaintsWork, change_id: UUID) -> ChangeRecord:
    return await work.changes.get(change_id)
