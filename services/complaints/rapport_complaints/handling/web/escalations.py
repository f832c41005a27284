"""Complaints that are brought before somebody with more authority, and the ladder by which they are."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from rapport_chassis.lists import Page, Paging
from rapport_chassis.web import Actions, Call, Router, VersionedData, View
from rapport_chassis.work import Work
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import Invalid

from rapport_complaints.access import CONFIGURE, HANDLE, READ, REFUSALS
from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.data import Ladder
from rapport_complaints.cases.domain.refusals import ConflictOfInterest
from rapport_complaints.cases.web.views import view
from rapport_complaints.handling.store.escalations import LADDERS, EscalationFilters, find_escalations
from rapport_complaints.handling.usecases.escalate import NewLadder, escalate, put_ladder

router = Router(tags=["escalations"])


class EscalationView(View):
    """One escalation of a complaint. `trigger`: `clock_warned`, `clock_breached`, `age`, `refusals`, `severity`, `by_hand`;
    `triggered_at` is when the trigger occurred. It ends with the complaint."""

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


@router.get("/escalations", allow=READ, errors=[Invalid], summary="List escalations")
async def get_escalations(filters: EscalationFilters, paging: Paging, call: Call[Work]) -> Page[EscalationView]:
    """Those that match all filters, the newest first. `open=true&to_kind=role&to=team-lead` is the queue of a team lead."""
    return (await call.read(find_escalations, filters, paging)).map(EscalationView.model_validate)


# fmt: off
on = Actions(router, "/complaints/{complaint_id}", Complaint, view, REFUSALS)
on("escalate", escalate, HANDLE, "Escalate a complaint",
   "To a role, a queue, or a member of staff; the person who handles it stays the same. A person whom the complaint is "
   "about is refused; the attempt is recorded and published (回避). A complaint that has ended is not escalated.",
   ConflictOfInterest)
keep = VersionedData[Work](router, read=READ, change=CONFIGURE)
keep("/escalation-policies/{code}", LADDERS, Ladder, NewLadder, put_ladder,
     every=("get_ladders", "The ladder with all its versions", "The steps by which complaints escalate."),
     one=("get_ladder", "The newest version of the ladder", "The newest version, or the one asked for."),
     put=("change_ladder", "Add a version of the ladder",
          ("There is one, `standard`. From `effective_from` on it applies to all open complaints: they are checked then. A "
           "step that was taken under the same code in this episode is not taken again.")))
# fmt: on
