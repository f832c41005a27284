"""The staff, the rules by which complaints are assigned, and assigning by them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Path
from pydantic import Field
from rapport_chassis.web import Call, Page, Paging, Router
from rapport_kernel.errors import Invalid, NotFound, VersionConflict

from rapport_complaints.domain.cases.refusals import AlreadyTaken, NobodyToAssign
from rapport_complaints.domain.handling.assignment import AssignmentRules, StaffMember
from rapport_complaints.store.handling.staff import StaffFilters, find_staff
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.handling.auto_assign import AutoAssignment, auto_assign
from rapport_complaints.usecases.handling.put_staff import (
    NewAssignmentRules,
    NewStaffMember,
    put_assignment_rules,
    put_staff,
)
from rapport_complaints.web.cases.actions import ASSIGN, REFUSALS
from rapport_complaints.web.cases.views import ComplaintView, View, view
from rapport_complaints.web.clocks.policies import CONFIGURE, READ, Name, VersionView, version_page, version_view

router = Router(tags=["staff"])
StaffId = Annotated[str, Path(pattern="^[A-Za-z0-9][A-Za-z0-9._:|-]{0,99}$")]


class ConsideredView(View):
    """One of the staff. `result`: `chosen`, `busier`, `inactive`, `conflict-of-interest`, `other-team`, `skill-missing`,
    `outside-working-hours`, `at-capacity`."""

    staff: str
    open: int = Field(description="Open complaints that he had.")
    capacity: int
    result: str = Field(examples=["busier"])


class ChoiceView(View):
    """Under which version of the rules, by which of them (its position), and why each other one was not chosen."""

    version: int
    rule: int | None
    considered: list[ConsideredView]


class AssignedView(ComplaintView):
    """A complaint, and why it was assigned as it was."""

    choice: ChoiceView


@router.post(
    "/complaints/{complaint_id}:auto-assign",
    allow=ASSIGN,
    errors=(*REFUSALS, AlreadyTaken, NobodyToAssign),
    summary="Assign it by the rules",
)
async def post_auto_assign(complaint_id: UUID, body: AutoAssignment, call: Call[ComplaintsWork]) -> AssignedView:
    """To the least loaded of those who are at work, have the skills and no conflict of interest. When there is nobody:
    409 `nobody-to-assign`, and the complaint has the flag `unassigned` until somebody has it."""
    complaint, choice = await call.run(auto_assign, complaint_id, body)
    return AssignedView(**view(complaint).model_dump(), choice=ChoiceView.model_validate(choice))


@router.get("/staff", allow=READ, errors=[Invalid], summary="List the staff")
async def get_staff(filters: StaffFilters, paging: Paging, call: Call[ComplaintsWork]) -> Page[VersionView[StaffMember]]:
    """Everybody who handles complaints, as he is now, by opaque id (`code`)."""
    page = await call.read(find_staff, filters, paging)
    return Page(items=[version_view(version) for version in page.items], next=page.next)


@router.get("/staff/{staff_id}", allow=READ, errors=[NotFound], summary="The newest version of somebody")
async def get_staff_member(
    staff_id: StaffId, call: Call[ComplaintsWork], version: int | None = None
) -> VersionView[StaffMember]:
    """The newest version, or the one asked for: why somebody was chosen then stays explained by it."""
    staff = (await call.work()).staff
    return version_view((await staff.of(staff_id))[-1] if version is None else await staff.exact(staff_id, version))


@router.put(
    "/staff/{staff_id}", allow=CONFIGURE, errors=[Invalid, VersionConflict], status=201, summary="Say who somebody is"
)
async def change_staff(staff_id: StaffId, body: NewStaffMember, call: Call[ComplaintsWork]) -> VersionView[StaffMember]:
    """Team, skills, capacity, working hours. The id is the `sub` of his token; no names."""
    return version_view(await call.run(put_staff, staff_id, body))


@router.get("/assignment-rules", allow=READ, summary="Assignment rules with all their versions")
async def get_assignment_rules(call: Call[ComplaintsWork]) -> Page[VersionView[AssignmentRules]]:
    """Every version; a choice names the version that it was made under."""
    return version_page(await (await call.work()).assignment_rules.all())


@router.get("/assignment-rules/{code}", allow=READ, errors=[NotFound], summary="The newest version of the rules")
async def get_assignment_rules_version(
    code: Name, call: Call[ComplaintsWork], version: int | None = None
) -> VersionView[AssignmentRules]:
    """The newest version, or the one asked for."""
    rules = (await call.work()).assignment_rules
    return version_view((await rules.of(code))[-1] if version is None else await rules.exact(code, version))


@router.put(
    "/assignment-rules/{code}",
    allow=CONFIGURE,
    errors=[Invalid, NotFound, VersionConflict],
    status=201,
    summary="Add a version of the assignment rules",
)
async def change_assignment_rules(
    code: Name, body: NewAssignmentRules, call: Call[ComplaintsWork]
) -> VersionView[AssignmentRules]:
    """The rules in force are those of `standard`; there are no others."""
    return version_view(await call.run(put_assignment_rules, code, body))
