"""Assign a complaint by the rules."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from uuid import UUID

from rapport_chassis.commands import Command, load_for_command
from rapport_chassis.work import Work
from rapport_kernel.versions import Version

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.refusals import NobodyToAssign
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.store.versions import STAFF
from rapport_complaints.clocks.domain.policies import CalendarData, calendar_of
from rapport_complaints.clocks.store.versions import CALENDARS
from rapport_complaints.handling.domain.assignment import Candidate, Choice, choose_staff
from rapport_complaints.handling.store.staff import open_complaints
from rapport_complaints.handling.store.versions import ASSIGNMENT_RULES

A_MOMENT = timedelta(seconds=1)


class AutoAssignment(Command):
    """Nothing but the circumstances."""


async def auto_assign(work: Work, complaint_id: UUID, command: AutoAssignment) -> tuple[Complaint, Choice]:
    """Assign it to the one of the staff whom the rules in force name, and say why. When there is nobody, the complaint is
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
        work.refuse(NobodyToAssign(None, choice.summary))
    else:
        complaint.assign(act, choice.chosen)
    return complaint, choice


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
