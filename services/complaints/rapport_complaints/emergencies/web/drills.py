"""Drills of emergency plans (S112). All actions answer the drill with its new version and take If-Match."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field
from rapport_chassis.web import Call, Names, Person, Resource, Router, View
from rapport_chassis.web.values import acted_on, known
from rapport_chassis.web.views import Allowed, shown_as
from rapport_chassis.work import Work
from rapport_contracts.fields import UtcTime

from rapport_complaints.access import READ
from rapport_complaints.emergencies.domain.drill import DRILL_LIFE, Drill, GapsOpen, has_no_open_gap, has_open_gap
from rapport_complaints.emergencies.store import PLANNED, DrillFilters, Drills
from rapport_complaints.emergencies.usecases import drills as usecases
from rapport_complaints.emergencies.web.incidents import HANDLE

router = Router(tags=["drills"], about="Exercises of emergency plans, and the gaps that they showed.")


class GapView(View):
    """Something that a drill showed to be missing, who closes the gap, and by when."""

    code: str
    owner: Person
    due_at: UtcTime
    closed_at: UtcTime | None


class DrillView(View):
    """A drill. `version` is its ETag. Free text is in its history only."""

    id: UUID
    version: int
    updated_at: UtcTime = Field(description="When it was last written.")
    number: str = Field(examples=["D2026-000007"])
    state: Annotated[str, known(DRILL_LIFE)]
    allowed: Annotated[Allowed, acted_on(Drill)]
    plan: str
    plan_version: int
    planned_for: UtcTime
    participants: int | None
    gaps: list[GapView]
    held_at: UtcTime | None
    closed_at: UtcTime | None
    names: Names


@router.post("/drills", allow=HANDLE, errors=["unknown-plan", "in-the-future"], status=201, summary="Plan a drill")
async def post_drill(body: usecases.NewDrill, call: Call[Work]) -> DrillView:
    """By the version of the plan that is in force now (S112)."""
    drill = await call.run(usecases.plan_drill, body)
    return shown_as(DrillView)(drill, call)


# fmt: off
of = Resource(router, "/drills/{drill_id}", ("drill", "drills"), DrillView, Drills, read=READ)
of.lists(DrillFilters, PLANNED, "Drills that match all filters, the latest first; sort by `planned_for` or `number`.")
of.shows("With its gaps.")
of.history()
of.verifies()
of.step("hold", Drill.hold, usecases.DrillReport, HANDLE, "Report that a drill was held",
        "The note is what was observed.", name="post_hold")
of.step("cancel", Drill.cancel, usecases.DrillCancellation, HANDLE, "Cancel a drill", "Possible until it is held.")
of.action("record-gaps", usecases.record_gaps, HANDLE, "Record the gaps that a drill showed",
          "Each with an owner and a due time; an empty list records that there were none. More can be added later.",
          "gap-twice",
          name="post_record_gaps")
of.step("close-gap", Drill.close_gap, usecases.GapClosing, HANDLE, "Close a gap", "On time or late.",
        "unknown-gap", "gap-closed",
        name="post_close_gap", when=has_open_gap)
of.step("close", Drill.close, usecases.DrillClosing, HANDLE, "Close a drill", "Refused while a gap is open.", GapsOpen,
        when=has_no_open_gap)
# fmt: on
