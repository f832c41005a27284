"""Major complaints (重大投诉): declared, worked on by a checklist, lowered; and the policy that says what one is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.web import Call, Page, Paging, Router
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import Conflict, Invalid, NotFound, VersionConflict

from rapport_complaints.domain.cases.refusals import AlreadyMajor, ApproverInvolved, NotMajor
from rapport_complaints.domain.handling.major import MajorCase
from rapport_complaints.domain.handling.major_data import MajorPolicy
from rapport_complaints.domain.handling.major_life import MAJOR_LIFE
from rapport_complaints.store.handling.majors import MajorFilters, find_major_cases
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.handling.declare_major import Declaration, Lowering, lower_major, mark_major
from rapport_complaints.usecases.handling.put_major_policy import NewMajorPolicy, put_major_policy
from rapport_complaints.usecases.handling.work_on_major import MajorStepDone, complete_major_step
from rapport_complaints.web.cases.actions import DECIDE, HANDLE, REFUSALS
from rapport_complaints.web.cases.side_ways import JUDGE
from rapport_complaints.web.cases.views import ComplaintView, View, view
from rapport_complaints.web.clocks.policies import CONFIGURE, READ, Name, VersionView, version_page, version_view

router = Router(tags=["major complaints"])


class StepView(View):
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
    steps: list[StepView]
    late_steps: int
    declared_at: UtcTime
    ended_at: UtcTime | None
    outcome: str | None = Field(description="`lowered`, or how the complaint ended.")


class CaseRow(CaseView):
    """A major case in a list."""

    number: str = Field(description="Of the complaint.", examples=["C2026-000042"])
    complaint_state: str
    next_due_at: UtcTime | None = Field(description="The earliest due time of its open steps.")


@router.post(
    "/complaints/{complaint_id}:mark-major",
    allow=DECIDE,
    errors=(*REFUSALS, AlreadyMajor),
    summary="Declare a complaint major",
)
async def post_mark_major(complaint_id: UUID, body: Declaration, call: Call[ComplaintsWork]) -> ComplaintView:
    """With a reason (S60). It gets a case with a checklist, stricter clocks, and the flag `major`; who has to know of it
    stands in the policy and in the event. Rules of the policy do the same by themselves."""
    return view(await call.run(mark_major, complaint_id, body))


@router.post(
    "/complaints/{complaint_id}:lower-major",
    allow=JUDGE,
    errors=(*REFUSALS, NotMajor, ApproverInvolved),
    summary="Say that it is no major complaint",
)
async def post_lower_major(complaint_id: UUID, body: Lowering, call: Call[ComplaintsWork]) -> ComplaintView:
    """With a reason. Who declared it does not, nor does whom it is about (409 `approver-involved`). The stricter clocks
    stop."""
    return view(await call.run(lower_major, complaint_id, body))


@router.post(
    "/complaints/{complaint_id}:complete-major-step",
    allow=HANDLE,
    errors=(*REFUSALS, NotMajor, Conflict),
    summary="Complete a step of the checklist",
)
async def post_complete_major_step(complaint_id: UUID, body: MajorStepDone, call: Call[ComplaintsWork]) -> ComplaintView:
    """It is closed with the whole checklist done (409 `checklist-incomplete`)."""
    return view(await call.run(complete_major_step, complaint_id, body))


@router.get("/major-cases", allow=READ, errors=[Invalid], summary="List major cases")
async def get_major_cases(filters: MajorFilters, paging: Paging, call: Call[ComplaintsWork]) -> Page[CaseRow]:
    """Those that match all filters, the newest first. The complaints themselves: `GET /complaints?flag=major`."""
    page = await call.read(find_major_cases, filters, paging)
    return Page(items=[_row(row) for row in page.items], next=page.next)


@router.get("/major-cases/{case_id}", allow=READ, errors=[NotFound], summary="Show a major case")
async def get_major_case(case_id: UUID, call: Call[ComplaintsWork]) -> CaseView:
    """With its checklist. Who did what and why stands in the history of the complaint."""
    case = await call.read(_case, case_id)
    return CaseView.model_validate(case).model_copy(update={"allowed": list(case.allowed)})


@router.get("/major-policies", allow=READ, summary="What a major complaint is, with all versions")
async def get_major_policies(call: Call[ComplaintsWork]) -> Page[VersionView[MajorPolicy]]:
    """Rules, checklist, and the roles that are told."""
    return version_page(await (await call.work()).major_policies.all())


@router.get("/major-policies/{code}", allow=READ, errors=[NotFound], summary="The newest version of that policy")
async def get_major_policy(code: Name, call: Call[ComplaintsWork], version: int | None = None) -> VersionView[MajorPolicy]:
    """The newest version, or the one asked for."""
    policies = (await call.work()).major_policies
    return version_view((await policies.of(code))[-1] if version is None else await policies.exact(code, version))


@router.put(
    "/major-policies/{code}",
    allow=CONFIGURE,
    errors=[Invalid, NotFound, VersionConflict],
    status=201,
    summary="Add a version of what a major complaint is",
)
async def change_major_policy(code: Name, body: NewMajorPolicy, call: Call[ComplaintsWork]) -> VersionView[MajorPolicy]:
    """There is one, `standard`. Cases keep the version under which they were declared."""
    return version_view(await call.run(put_major_policy, code, body))


async def _case(work: ComplaintsWork, case_id: UUID) -> MajorCase:
    return await work.majors.get(case_id)


def _row(row: Any) -> CaseRow:
    return CaseRow.model_validate(row).model_copy(update={"allowed": list(MAJOR_LIFE.allowed(row.state))})
