"""The staff, the rules by which complaints are assigned, and assigning by them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Path
from pydantic import Field
from rapport_chassis.lists import Page, Paging
from rapport_chassis.versions import Since
from rapport_chassis.web import Call, Router, VersionedData, VersionView, version_view
from rapport_chassis.work import Work
from rapport_kernel.errors import Invalid, VersionConflict

from rapport_complaints.access import ASSIGN, CONFIGURE, READ, REFUSALS
from rapport_complaints.cases.domain.refusals import AlreadyTaken, NobodyToAssign
from rapport_complaints.cases.domain.staff import StaffMember
from rapport_complaints.cases.store.versions import STAFF
from rapport_complaints.cases.web.views import ComplaintView, View, view
from rapport_complaints.handling.domain.assignment import AssignmentRules
from rapport_complaints.handling.store.staff import StaffFilters, find_staff
from rapport_complaints.handling.store.versions import ASSIGNMENT_RULES
from rapport_complaints.handling.usecases.auto_assign import AutoAssignment, auto_assign
from rapport_complaints.handling.usecases.put_staff import NewStaffMember, put_staff

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
async def post_auto_assign(complaint_id: UUID, body: AutoAssignment, call: Call[Work]) -> AssignedView:
    """To the least loaded of those who are at work, have the skills and no conflict of interest. When there is nobody:
    409 `nobody-to-assign`, and the complaint has the flag `unassigned` until somebody has it."""
    complaint, choice = await call.run(auto_assign, complaint_id, body)
    return AssignedView(**view(complaint).model_dump(), choice=ChoiceView.model_validate(choice))


@router.get("/staff", allow=READ, errors=[Invalid], summary="List the staff")
async def get_staff(filters: StaffFilters, paging: Paging, call: Call[Work]) -> Page[VersionView[StaffMember]]:
    """Everybody who handles complaints, as he is now, by opaque id (`code`)."""
    return (await call.read(find_staff, filters, paging)).map(version_view)


class NewAssignmentRules(Since, AssignmentRules):
    """The rules as they are from a time on; what was assigned stays."""


# fmt: off
keep = VersionedData[Work](router, read=READ, change=CONFIGURE)
keep("/staff/{staff_id}", lambda work: work.store(STAFF), StaffMember, NewStaffMember, put_staff,
     errors=(Invalid, VersionConflict), code=StaffId,
     every=None,
     one=("get_staff_member", "The newest version of somebody",
          "The newest version, or the one asked for: why somebody was chosen then stays explained by it."),
     put=("change_staff", "Say who somebody is",
          "Team, skills, capacity, working hours. The id is the `sub` of his token; no names."))
keep("/assignment-rules/{code}", lambda work: work.store(ASSIGNMENT_RULES), AssignmentRules, NewAssignmentRules,
     every=("get_assignment_rules", "Assignment rules with all their versions",
            "Every version; a choice names the version that it was made under."),
     one=("get_assignment_rules_version", "The newest version of the rules", "The newest version, or the one asked for."),
     put=("change_assignment_rules", "Add a version of the assignment rules",
          "The rules in force are those of `standard`; there are no others."))
# fmt: on
