"""Changes (S68, S69): propose, show, list, everything that happens to them, and what they did.

All actions answer the change with its new version, take If-Match, and refuse with 409 what the state does not allow.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field
from rapport_chassis.bodies import Params
from rapport_chassis.lists import Page, Paging
from rapport_chassis.web import Actions, Call, Router, Scope
from rapport_chassis.web.histories import HISTORY, history_route
from rapport_chassis.work import Work
from rapport_kernel.errors import Conflict, Invalid, NotAllowed, NotFound

from rapport_complaints.access import READ, REFUSALS
from rapport_complaints.recovery.domain.change import EffectMissing, StepsMissing, StepsOpen
from rapport_complaints.recovery.domain.change_effect import TooEarly
from rapport_complaints.recovery.store.changes import ChangeFilters, Changes, find_changes
from rapport_complaints.recovery.usecases import advance_change as usecases
from rapport_complaints.recovery.usecases.propose_change import NewChange, propose_change
from rapport_complaints.recovery.web.change_views import ChangeView, EffectView, change_row, change_view, effect_view

router = Router(tags=["changes"])
CHANGE = Scope("complaints:changes", level=2)


class Comparison(Params):
    """How many days before and after are compared."""

    days: Annotated[int, Field(ge=1, le=usecases.LONGEST_DAYS)] = usecases.USUAL_DAYS


@router.post("/changes", allow=CHANGE, errors=[Invalid], status=201, summary="Propose a change")
async def post_change(body: NewChange, call: Call[Work]) -> ChangeView:
    """For a trend that was found, or for a group of complaints, such as those of a cause (S68)."""
    change = await call.run(propose_change, body)
    call.headers["Location"] = f"/complaints/v1/changes/{change.id}"
    return change_view(change)


@router.get("/changes", allow=READ, errors=[Invalid], summary="List changes")
async def get_changes(filters: ChangeFilters, paging: Paging, call: Call[Work]) -> Page[ChangeView]:
    """Changes that match all filters, the newest first; sort by `proposed_at` or `number`."""
    return (await call.read(find_changes, filters, paging)).map(change_row)


@router.get("/changes/{change_id}", allow=READ, errors=[NotFound], summary="Show a change")
async def get_change(change_id: UUID, call: Call[Work]) -> ChangeView:
    """With its steps and the effects that were recorded."""
    return change_view(await (await call.work()).store(Changes).get(change_id))


history_route(router, "/changes/{change_id}", Changes, READ, ("get_change_history", "History of a change", HISTORY))


@router.get(
    "/changes/{change_id}/effect",
    allow=Scope("complaints:stats"),
    errors=[NotFound, NotAllowed, TooEarly, Invalid],
    summary="What a change did",
)
async def get_effect(change_id: UUID, compared: Comparison, call: Call[Work]) -> EffectView:
    """Measured now, by significance and minimum of the trend policy in force; `:record-effect` keeps it."""
    return effect_view(await call.read(usecases.show_effect, change_id, compared.days))


# fmt: off
on = Actions(router, "/changes/{change_id}", change_view, REFUSALS)
on("link-complaint", usecases.link_change, CHANGE, "A complaint shows the problem",
   "Once for each complaint, as long as the change is under way.", Conflict, name="post_link_change")
on("plan-steps", usecases.plan_steps, CHANGE, "Plan steps of a change",
   "Each with an owner and a due time; a step that is late is published once, at its due time.", Conflict)
on("unfreeze", usecases.unfreeze, CHANGE, "The old way does not bind any more",
   "解冻. A refrozen change without effect is unfrozen once more; what it is compared with stays.")
on("start", usecases.start_change, CHANGE, "Bring the new way in",
   "改变. At least one step is to be done.", StepsMissing, name="post_start_change")
on("complete-step", usecases.complete_step, CHANGE, "A step was done",
   "What was done in time and entered late is in time.", Conflict)
on("refreeze", usecases.refreeze, CHANGE, "The new way binds",
   "再冻结. Every step is done; the effect is measured from here on.", StepsOpen)
on("record-effect", usecases.record_effect, CHANGE, "Record what a change did",
   "Counted now, and kept whatever comes out, also that there are too few complaints to tell.", TooEarly, Conflict)
on("close", usecases.close_change, CHANGE, "Close a change",
   "Once its effect was recorded since it was refrozen.", EffectMissing, name="post_close_change")
on("abandon", usecases.abandon_change, CHANGE, "Abandon a change",
   "Until it is closed; nothing of it is due any more.", name="post_abandon_change")
# fmt: on
