"""Major complaints (重大投诉): declared, worked on by a checklist, lowered; and the policy that defines them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field
from rapport_chassis.lists import Page, Paging
from rapport_chassis.web import Actions, Call, Names, Person, Resource, Router, VersionedData, View
from rapport_chassis.web.values import known
from rapport_chassis.work import Work
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import NotFound, VersionConflict

from rapport_complaints.access import CONFIGURE, DECIDE, HANDLE, READ, REFUSALS
from rapport_complaints.cases.domain import possible
from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.life import LIFE
from rapport_complaints.cases.domain.refusals import AlreadyMajor, ApproverInvolved, NotMajor
from rapport_complaints.cases.web.actions import JUDGE
from rapport_complaints.cases.web.views import view
from rapport_complaints.handling.domain.major import MAJOR_LIFE, OUTCOMES, MajorPolicy
from rapport_complaints.handling.store.majors import (
    MAJOR_POLICIES,
    ORDER,
    MajorCases,
    MajorFilters,
    find_major_cases,
)
from rapport_complaints.handling.usecases import majors as usecases

router = Router(tags=["major complaints"], about="The track of major complaints, step by step.")


class MajorStepView(View):
    """A step of the checklist. `missed_at` is its due time if it was not done by then."""

    code: str = Field(examples=["call"])
    text: str
    role: str = Field(examples=["case-lead"])
    due_at: UtcTime | None
    missed_at: UtcTime | None
    done_at: UtcTime | None
    done_by: Person | None


class CaseView(View):
    """A major case. `rule` declared it, null: a person did; `told` are the roles that had to be told."""

    id: UUID
    version: int
    updated_at: UtcTime = Field(description="When it was last written.")
    state: Annotated[str, known(MAJOR_LIFE)] = Field(examples=["declared"])
    complaint_id: UUID
    rule: str | None = Field(examples=["widespread"])
    cause: str | None = Field(description="Of the complaint when it was declared.")
    reason: str | None
    policy: str
    policy_version: int
    declared_by: Person
    told: list[str]
    steps: list[MajorStepView]
    late_steps: int
    declared_at: UtcTime
    ended_at: UtcTime | None
    outcome: Annotated[str | None, known(OUTCOMES)] = Field(description="`lowered`, or how the complaint ended.")
    names: Names


class CaseRow(CaseView):
    """A major case in a list."""

    number: str = Field(description="Of the complaint.", examples=["C2026-000042"])
    complaint_state: Annotated[str, known(LIFE)]
    next_due_at: UtcTime | None = Field(description="The earliest due time of its open steps.")


@router.get("/major-cases", allow=READ, summary="List major cases")
async def get_major_cases(filters: MajorFilters, paging: Annotated[Paging, ORDER], call: Call[Work]) -> Page[CaseRow]:
    """Those that match all filters, the newest first. The complaints themselves: `GET /complaints?flag=major`."""
    return (await call.read(find_major_cases, filters, paging)).map(CaseRow.model_validate)


# fmt: off
of = Resource(router, "/major-cases/{case_id}", ("major case", "major cases"), CaseView, MajorCases, read=READ)
of.shows("With its checklist. The notes on it are in the history of the complaint.")
of.history("Who did what when and why, in the order in which it was entered; the notes are in the history of the complaint.")
of.verifies()
on = Actions(router, "/complaints/{complaint_id}", Complaint, view, REFUSALS)
on("mark-major", usecases.mark_major, DECIDE, "Declare a complaint major",
   "With a reason (S60). It gets a case with a checklist, stricter clocks, and the flag `major`; the policy and the event "
   "name the roles to be told. Rules of the policy declare complaints major in the same way.", AlreadyMajor,
   when=possible.may_become_major)
on("lower-major", usecases.lower_major, JUDGE, "Lower a major complaint",
   "With a reason. It takes neither the person who declared it nor one whom it is about (409 `approver-involved`). The "
   "stricter clocks stop.", NotMajor, ApproverInvolved, moves=("mark-major",), when=possible.may_lower)
on("complete-major-step", usecases.complete_major_step, HANDLE, "Complete a step of the checklist",
   "A major complaint can be closed once the whole checklist is done (409 `checklist-incomplete`).", NotMajor,
   "unknown-step", "step-done",
   when=possible.is_major)
keep = VersionedData[Work](router, read=READ, change=CONFIGURE)
keep("/major-policies/{code}", MAJOR_POLICIES, MajorPolicy, usecases.NewMajorPolicy, usecases.put_major_policy,
     every=("get_major_policies", "The policy on major complaints with all its versions",
            "Rules, checklist, and the roles to be told."),
     errors=(NotFound, VersionConflict, "unknown-calendar", "never"),
     one=("get_major_policy", "The newest version of that policy", "The newest version, or the one asked for."),
     put=("change_major_policy", "Add a version of the policy on major complaints",
          "There is one, `standard`. Cases keep the version under which they were declared."))
# fmt: on
