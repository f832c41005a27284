"""Major complaints (重大投诉): declared, worked on by a checklist, lowered; and the policy that says what one is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.lists import Page, Paging
from rapport_chassis.web import Actions, Call, Router, VersionedData
from rapport_chassis.work import Work
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import Conflict, Invalid, NotFound

from rapport_complaints.access import CONFIGURE, DECIDE, HANDLE, READ, REFUSALS
from rapport_complaints.cases.domain.refusals import AlreadyMajor, ApproverInvolved, NotMajor
from rapport_complaints.cases.web.side_ways import JUDGE
from rapport_complaints.cases.web.views import View, view
from rapport_complaints.handling.domain.major_data import MajorPolicy
from rapport_complaints.handling.domain.major_life import MAJOR_LIFE
from rapport_complaints.handling.store.majors import MajorCases, MajorFilters, find_major_cases
from rapport_complaints.handling.store.versions import MAJOR_POLICIES
from rapport_complaints.handling.usecases.declare_major import lower_major, mark_major
from rapport_complaints.handling.usecases.put_major_policy import NewMajorPolicy, put_major_policy
from rapport_complaints.handling.usecases.work_on_major import complete_major_step

router = Router(tags=["major complaints"])


class MajorStepView(View):
    """A step of the checklist. `missed_at` is its due time, when it was not done by then."""

    code: str = Field(examples=["call"])
    text: str
    role: str = Field(examples=["case-lead"])
    due_at: UtcTime | None
    missed_at: UtcTime | None
    done_at: UtcTime | None
    done_by: str | None


class CaseView(View):
    """A major case. `rule` declared it, null: somebody by hand; `told` are the roles that had to know of it."""

    id: UUID
    version: int
    state: str = Field(examples=["declared"])
    allowed: list[str] = Field(default_factory=list)
    complaint_id: UUID
    rule: str | None = Field(examples=["widespread"])
    cause: str | None = Field(description="Of the complaint when it was declared.")
    reason: str | None
    policy: str
    policy_version: int
    declared_by: str
    told: list[str]
    steps: list[MajorStepView]
    late_steps: int
    declared_at: UtcTime
    ended_at: UtcTime | None
    outcome: str | None = Field(description="`lowered`, or how the complaint ended.")


class CaseRow(CaseView):
    """A major case in a list."""

    number: str = Field(description="Of the complaint.", examples=["C2026-000042"])
    complaint_state: str
    next_due_at: UtcTime | None = Field(description="The earliest due time of its open steps.")


# fmt: off
on = Actions(router, "/complaints/{complaint_id}", view, REFUSALS)
on("mark-major", mark_major, DECIDE, "Declare a complaint major",
   "With a reason (S60). It gets a case with a checklist, stricter clocks, and the flag `major`; who has to know of it "
   "stands in the policy and in the event. Rules of the policy do the same by themselves.", AlreadyMajor)
on("lower-major", lower_major, JUDGE, "Say that it is no major complaint",
   "With a reason. Who declared it does not, nor does whom it is about (409 `approver-involved`). The stricter clocks "
   "stop.", NotMajor, ApproverInvolved)
on("complete-major-step", complete_major_step, HANDLE, "Complete a step of the checklist",
   "It is closed with the whole checklist done (409 `checklist-incomplete`).", NotMajor, Conflict)
# fmt: on


@router.get("/major-cases", allow=READ, errors=[Invalid], summary="List major cases")
async def get_major_cases(filters: MajorFilters, paging: Paging, call: Call[Work]) -> Page[CaseRow]:
    """Those that match all filters, the newest first. The complaints themselves: `GET /complaints?flag=major`."""
    return (await call.read(find_major_cases, filters, paging)).map(_row)


@router.get("/major-cases/{case_id}", allow=READ, errors=[NotFound], summary="Show a major case")
async def get_major_case(case_id: UUID, call: Call[Work]) -> CaseView:
    """With its checklist. Who did what and why stands in the history of the complaint."""
    case = await (await call.work()).store(MajorCases).get(case_id)
    return CaseView.model_validate(case).model_copy(update={"allowed": list(case.allowed)})


# fmt: off
keep = VersionedData[Work](router, read=READ, change=CONFIGURE)
keep("/major-policies/{code}", lambda work: work.store(MAJOR_POLICIES), MajorPolicy, NewMajorPolicy, put_major_policy,
     every=("get_major_policies", "What a major complaint is, with all versions",
            "Rules, checklist, and the roles that are told."),
     one=("get_major_policy", "The newest version of that policy", "The newest version, or the one asked for."),
     put=("change_major_policy", "Add a version of what a major complaint is",
          "There is one, `standard`. Cases keep the version under which they were declared."))
# fmt: on


def _row(row: Any) -> CaseRow:
    return CaseRow.model_validate(row).model_copy(update={"allowed": list(MAJOR_LIFE.allowed(row.state))})
