"""Who handles a complaint: assigned by a person or by the rules, claimed, released; and who the staff are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints
from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.lists import Page, Paging
from rapport_chassis.versions import Since
from rapport_chassis.work import Work
from rapport_contracts.codes import NewCode, NewStaffId
from rapport_kernel.versions import Version

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.data import StaffMember
from rapport_complaints.cases.domain.refusals import ConflictOfInterest, NobodyToAssign
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.store.versions import STAFF
from rapport_complaints.clocks.domain.policies import CalendarData, calendar_of
from rapport_complaints.clocks.store import CALENDARS
from rapport_complaints.clocks.usecases import demand_calendar
from rapport_complaints.handling.domain.assignment import Candidate, Choice, choose_staff
from rapport_complaints.handling.store.staff import (
    ASSIGNMENT_RULES,
    StaffFilters,
    find_names,
    find_staff,
    keep_name,
    open_complaints,
)

A_MOMENT = timedelta(seconds=1)
StaffName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Assignment(Command):
    """Who handles it: an opaque staff id."""

    model_config = example({"assignee": "agent-7", "reason": "knows-the-carrier"})

    assignee: NewStaffId


class Claim(Command):
    """Reason, note and time only; the caller takes it."""


class Release(Command):
    """Why it is released; a reason is required."""

    model_config = example({"reason": "end-of-shift", "note": "The carrier calls back tomorrow."})

    reason: NewCode


class AutoAssignment(Command):
    """Reason, note and time only."""


class NewStaffMember(Since, StaffMember):
    """The next version of a member of staff, and what they are called."""

    model_config = example({"name": "王芳", "team": "parcels", "skills": ["en"], "capacity": 20, "calendar": "cn"})

    name: StaffName | None = Field(
        default=None,
        repr=False,
        description="What colleagues call them. Not part of the version: not sent, it stays; null removes it for good.",
    )


@dataclass(frozen=True, slots=True)
class NamedStaff:
    """A version of a member of staff, and what they are called now."""

    version: Version[StaffMember]
    name: str | None


async def assign(work: Work, complaint_id: UUID, command: Assignment) -> Complaint:
    """Assign or reassign it. A person whom the complaint is about, or who handled it before an appeal was upheld, is
    refused, and the attempt is recorded (回避).

    Raises NotFound, NotAllowed, VersionConflict, Invalid; answers ConflictOfInterest.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    if complaint.may_not_handle(command.assignee):
        complaint.block(act, command.assignee)
        work.refuse(ConflictOfInterest())
    else:
        complaint.assign(act, command.assignee)
    return complaint


async def claim(work: Work, complaint_id: UUID, command: Claim) -> Complaint:
    """The caller handles it from now on. A person whom the complaint is about, or who handled it before an appeal was
    upheld, is refused, and the attempt is recorded (回避).

    Raises NotFound, NotAllowed, AlreadyTaken, VersionConflict, Invalid; answers ConflictOfInterest.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    if complaint.may_not_handle(act.who):
        complaint.block(act, act.who, "claim")
        work.refuse(ConflictOfInterest())
    else:
        complaint.claim(act)
    return complaint


async def auto_assign(work: Work, complaint_id: UUID, command: AutoAssignment) -> tuple[Complaint, Choice]:
    """Assign it to the member of staff whom the rules in force choose, and say why. If there is nobody, the complaint is
    flagged `unassigned` until somebody has it.

    Raises NotFound, NotAllowed, AlreadyTaken, VersionConflict, Invalid; answers NobodyToAssign.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    complaint.seek()
    rules = await work.store(ASSIGNMENT_RULES).current()
    choice = choose_staff(rules.body, rules.version, complaint, await _candidates(work))
    detail = {"rules_version": choice.version, "rule": choice.rule, "candidates": len(choice.considered)}
    await work.audit("complaint.auto-assign", f"complaint:{complaint_id}", reason=command.reason, detail=detail)
    if choice.chosen is None:
        complaint.find_nobody()
        work.refuse(NobodyToAssign(why=choice.summary))
    else:
        complaint.assign(act, choice.chosen)
    return complaint, choice


async def put_staff(work: Work, staff_id: str, data: NewStaffMember) -> NamedStaff:
    """Add a version of a member of staff. Raises Invalid `unknown-calendar`, VersionConflict."""
    await demand_calendar(work, data.calendar)
    made = await work.store(STAFF).put(staff_id, data)
    if "name" in data.model_fields_set:
        await keep_name(work, staff_id, data.name)
    return await named(work, made)


async def show_staff(work: Work, staff_id: str, version: int | None) -> NamedStaff:
    """The newest version of a member of staff, or the one asked for. Raises NotFound."""
    versions = work.store(STAFF)
    return await named(
        work, (await versions.of(staff_id))[-1] if version is None else await versions.exact(staff_id, version)
    )


async def list_staff(work: Work, filters: StaffFilters, paging: Paging) -> Page[NamedStaff]:
    """One page of the staff as it is now, by id. Raises Invalid for a bad cursor or order."""
    page = await find_staff(work, filters, paging)
    names = await find_names(work, [each.code for each in page.items])
    return page.map(lambda each: NamedStaff(each, names.get(each.code)))


async def named(work: Work, version: Version[StaffMember]) -> NamedStaff:
    """A version with the name of whom it is about."""
    return NamedStaff(version, (await find_names(work, [version.code])).get(version.code))


async def _candidates(work: Work) -> list[Candidate]:
    """All of the staff as they are now; four statements, whatever their number."""
    staff = await work.store(STAFF).in_force(work.now)
    has = await open_complaints(work, [each.code for each in staff])
    known: dict[str, list[Version[CalendarData]]] = defaultdict(list)
    for version in await work.store(CALENDARS).all():
        known[version.code].append(version)
    at_work = {
        code: calendar_of(known[code]).between(work.now, work.now + A_MOMENT) > timedelta(0)
        for code in {each.body.calendar for each in staff}
    }
    return [Candidate(each.code, each.body, has.get(each.code, 0), at_work[each.body.calendar]) for each in staff]
