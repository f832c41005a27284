"""Complaints that come before somebody with more say, and the ladder by which they do."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from rapport_chassis.lists import Page, Paging
from rapport_chassis.web import Actions, Call, Router, VersionedData
from rapport_chassis.work import Work
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import Invalid

from rapport_complaints.access import CONFIGURE, HANDLE, READ, REFUSALS
from rapport_complaints.cases.domain.ladder import Ladder
from rapport_complaints.cases.domain.refusals import ConflictOfInterest
from rapport_complaints.cases.web.views import View, view
from rapport_complaints.handling.store.escalation_lists import EscalationFilters, find_escalations
from rapport_complaints.handling.store.versions import LADDERS
from rapport_complaints.handling.usecases.escalate import escalate
from rapport_complaints.handling.usecases.put_ladder import NewLadder, put_ladder

router = Router(tags=["escalations"])


class EscalationView(View):
    """One time that a complaint was brought before somebody. `trigger`: `clock_warned`, `clock_breached`, `age`, `refusals`,
    `severity`, `by_hand`; `triggered_at` is when the reason arose. It ends with the complaint."""

    id: UUID
    complaint_id: UUID
    number: str = Field(examples=["C2026-000042"])
    state: str = Field(description="Of the complaint, now.", examples=["investigating"])
    severity: str | None
    customer_id: UUID | None
    episode: int
    level: int
    trigger: str = Field(examples=["clock_breached"])
    step: str | None = Field(description="Of the ladder; null: by hand.", examples=["resolution-breached"])
    policy_version: int | None = Field(description="Of the ladder.")
    to_kind: str = Field(examples=["role"])
    to_code: str = Field(examples=["complaints-manager"])
    reason: str | None
    actor: str
    triggered_at: UtcTime
    escalated_at: UtcTime
    ended_at: UtcTime | None
    outcome: str | None = Field(description="How the complaint ended.")


# fmt: off
on = Actions(router, "/complaints/{complaint_id}", view, REFUSALS)
on("escalate", escalate, HANDLE, "Bring it before somebody with more say",
   "A role, a queue, or one of the staff; who handles it does not change. A person whom the complaint is about is refused; "
   "the attempt is recorded and published (回避). What is over is not escalated.", ConflictOfInterest)
# fmt: on


@router.get("/escalations", allow=READ, errors=[Invalid], summary="List escalations")
async def get_escalations(filters: EscalationFilters, paging: Paging, call: Call[Work]) -> Page[EscalationView]:
    """Those that match all filters, the newest first. `open=true&to_kind=role&to=team-lead` is what a team lead has before
    him."""
    return (await call.read(find_escalations, filters, paging)).map(EscalationView.model_validate)


# fmt: off
keep = VersionedData[Work](router, read=READ, change=CONFIGURE)
keep("/escalation-policies/{code}", lambda work: work.store(LADDERS), Ladder, NewLadder, put_ladder,
     every=("get_ladders", "The ladder with all its versions", "By which steps complaints escalate."),
     one=("get_ladder", "The newest version of the ladder", "The newest version, or the one asked for."),
     put=("change_ladder", "Add a version of the ladder",
          ("There is one, `standard`. It counts for all open complaints from `effective_from` on: they are looked at then. "
           "A step that was taken under the same code in this episode is not taken again.")))
# fmt: on
