"""Who handles a complaint, and who approves proposals; the staff, and the rules by which complaints are assigned. Queues are
`GET /complaints?queue=`, proposals that wait for approval `GET /complaints?awaiting_approval=true`.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Path
from pydantic import Field
from rapport_chassis.lists import Page, Paging
from rapport_chassis.vault import Erased
from rapport_chassis.versions import Since
from rapport_chassis.web import Actions, Call, Person, Router, VersionedData, VersionView, View, version_view
from rapport_chassis.web.operations import On
from rapport_chassis.web.resources import advancing
from rapport_chassis.work import Work
from rapport_kernel.errors import NotFound, VersionConflict

from rapport_complaints.access import ASSIGN, CONFIGURE, DECIDE, HANDLE, READ, REFUSALS
from rapport_complaints.cases.domain import possible
from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.data import AuthorityExceeded, StaffMember
from rapport_complaints.cases.domain.refusals import (
    AlreadyTaken,
    ApproverInvolved,
    ConflictOfInterest,
    NobodyToAssign,
    NoProposalWaits,
    NotYours,
)
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.deciding import approve_proposal, refuse_proposal
from rapport_complaints.cases.web.views import ComplaintView, view
from rapport_complaints.handling.domain.assignment import AssignmentRules
from rapport_complaints.handling.store.staff import ASSIGNMENT_RULES, BY_CODE, StaffFilters
from rapport_complaints.handling.usecases import assign as usecases

actions = Router(tags=["actions"])
approvals = Router(tags=["authority"])
staff = Router(tags=["staff"], about="Who handles complaints: team, skills, capacity.")
StaffId = Annotated[str, Path(pattern="^[A-Za-z0-9][A-Za-z0-9._:|-]{0,99}$")]
JUDGED = (*REFUSALS, NoProposalWaits, ApproverInvolved, AuthorityExceeded)


class ConsideredView(View):
    """One of the staff. `result`: `chosen`, `busier`, `inactive`, `conflict-of-interest`, `other-team`, `skill-missing`,
    `outside-working-hours`, `at-capacity`."""

    staff: Person
    open: int = Field(description="Open complaints that they had.")
    capacity: int
    result: str = Field(examples=["busier"])


class ChoiceView(View):
    """The version of the rules, the rule that matched (its position), and why each of the others was not chosen."""

    version: int
    rule: int | None
    considered: list[ConsideredView]


class AssignedView(ComplaintView):
    """A complaint, and why it was assigned as it was."""

    choice: ChoiceView


class StaffView(VersionView[StaffMember]):
    """A version of a member of staff. `name` is what they are called now, whatever the version: it is in none."""

    name: str | None = Field(examples=["王芳"])


def staff_view(found: usecases.NamedStaff) -> StaffView:
    """A member of staff with their name."""
    return StaffView(**version_view(found.version).model_dump(exclude={"body"}), body=found.version.body, name=found.name)


class NewAssignmentRules(Since, AssignmentRules):
    """The next version of the rules; complaints that are assigned stay so."""


@staff.post(
    "/complaints/{complaint_id}:auto-assign",
    allow=ASSIGN,
    errors=(*REFUSALS, AlreadyTaken, NobodyToAssign, Erased),
    summary="Assign a complaint by the rules",
    on=On(Complaint, "assign", when=possible.is_unassigned),
)
async def post_auto_assign(complaint_id: UUID, body: usecases.AutoAssignment, call: Call[Work]) -> AssignedView:
    """To the least loaded of those who are at work, have the skills and no conflict of interest. If there is nobody: 409
    `nobody-to-assign`, and the complaint has the flag `unassigned` until somebody has it."""
    complaint, choice = await call.run(usecases.auto_assign, complaint_id, body)
    return AssignedView(**view(complaint, call).model_dump(), choice=ChoiceView.model_validate(choice))


@staff.get("/staff", allow=READ, summary="List the staff")
async def get_staff(filters: StaffFilters, paging: Annotated[Paging, BY_CODE], call: Call[Work]) -> Page[StaffView]:
    """Everybody who handles complaints, as they are now, by opaque id (`code`)."""
    return (await call.read(usecases.list_staff, filters, paging)).map(staff_view)


@staff.get("/staff/{staff_id}", allow=READ, errors=[NotFound], summary="The newest version of a member of staff")
async def get_staff_member(staff_id: StaffId, call: Call[Work], version: int | None = None) -> StaffView:
    """The newest version, or the one asked for, which explains why somebody was chosen then; the name is the present one."""
    return staff_view(await call.read(usecases.show_staff, staff_id, version))


@staff.put(
    "/staff/{staff_id}",
    allow=CONFIGURE,
    errors=(VersionConflict, "unknown-calendar"),
    status=201,
    summary="Add a version of a member of staff",
)
async def change_staff(staff_id: StaffId, body: usecases.NewStaffMember, call: Call[Work]) -> StaffView:
    """Name, team, skills, capacity, working hours. The id is the `sub` of their token."""
    return staff_view(await call.run(usecases.put_staff, staff_id, body))


# fmt: off
on = Actions(actions, "/complaints/{complaint_id}", Complaint, view, REFUSALS)
on("assign", usecases.assign, ASSIGN, "Assign a complaint",
   "A person whom the complaint is about is refused; the attempt is recorded and published (回避).", ConflictOfInterest,
   batch=True)
on("claim", usecases.claim, HANDLE, "Claim a complaint",
   "The caller handles it now. Refused if somebody else has it, and for a conflict of interest (回避).",
   AlreadyTaken, ConflictOfInterest, when=possible.may_claim, batch=True)
on("release", advancing(Complaints, Complaint.release, usecases.Release), HANDLE, "Return a complaint to the queue",
   "Only the person who has it can; work done so far is kept. Others assign it to somebody else.", NotYours,
   when=possible.may_release, batch=True)

on = Actions(approvals, "/complaints/{complaint_id}", Complaint, view, REFUSALS)
on("approve-proposal", approve_proposal, DECIDE, "Approve the proposal that waits",
   "The customer is offered it. The approver has the authority for the amount, did not propose it, and is not the subject "
   "of the complaint (409 `authority-exceeded`, `approver-involved`).", errors=JUDGED, when=possible.may_judge_proposal)
on("refuse-proposal", refuse_proposal, DECIDE, "Refuse the proposal that waits",
   "With a reason; something else can be proposed then.", errors=JUDGED, when=possible.may_judge_proposal)

keep = VersionedData[Work](staff, read=READ, change=CONFIGURE)
keep("/assignment-rules/{code}", ASSIGNMENT_RULES, AssignmentRules, NewAssignmentRules,
     every=("get_assignment_rules", "Assignment rules with all their versions",
            "Every version; a choice names the version that it was made under."),
     one=("get_assignment_rules_version", "The newest version of the rules", "The newest version, or the one asked for."),
     put=("change_assignment_rules", "Add a version of the assignment rules",
          "The rules in force are those of `standard`; there are no others."))
# fmt: on
