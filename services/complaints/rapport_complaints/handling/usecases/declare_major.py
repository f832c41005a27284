"""Declare complaints major, by hand or by rule, and lower them again (S60)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from rapport_chassis.commands import Command, example, load_for_command, system_act
from rapport_chassis.work import Work
from rapport_contracts.fields import Code
from rapport_kernel.history import Act
from rapport_kernel.ids import new_id
from rapport_kernel.versions import Version

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.refusals import NotMajor
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.targets import major_basis, policies_of_major
from rapport_complaints.clocks.domain.policies import calendar_of
from rapport_complaints.clocks.store.versions import CALENDARS
from rapport_complaints.handling.domain.major import MajorCase
from rapport_complaints.handling.domain.major_data import MajorPolicy, MajorRule
from rapport_complaints.handling.store.escalations import CLIMB
from rapport_complaints.handling.store.majors import MajorCases
from rapport_complaints.handling.store.versions import MAJOR_POLICIES


class MajorDeclaration(Command):
    """Why it is a major one."""

    model_config = example({"reason": "press-interest", "note": "A newspaper has called."})

    reason: Code


class Lowering(Command):
    """Why it is an ordinary one after all."""

    model_config = example({"reason": "one-shop-only"})

    reason: Code


async def mark_major(work: Work, complaint_id: UUID, command: MajorDeclaration) -> Complaint:
    """Declare it by hand. Raises NotFound, NotAllowed, AlreadyMajor, VersionConflict, Invalid."""
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    await _declare(work, complaint, act, await work.store(MAJOR_POLICIES).current(), None)
    await work.timers.set(CLIMB, complaint.id, work.now)  # a step of the ladder may be about major ones
    return complaint


async def lower_major(work: Work, complaint_id: UUID, command: Lowering) -> Complaint:
    """Lower it again; who declared it does not. Raises NotFound, NotMajor, ApproverInvolved, VersionConflict, Invalid."""
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    case = await case_of(work, complaint)
    case.lower(act, complaint.subject_staff)
    complaint.lower_major(act, case.id, await policies_of_major(work, complaint))
    return complaint


async def judge_by_rules(work: Work, complaints: Collection[Complaint]) -> None:
    """Declare those major of which a rule says so: the first that matches. Of complaints that are alike one is declared, as
    long as its case is open; one that somebody lowered in this episode is left to people."""
    policy = await work.store(MAJOR_POLICIES).current()
    waiting = [complaint for complaint in complaints if complaint.may_become_major()]
    for rule in policy.body.rules:
        fitting = [each for each in waiting if not each.is_major and rule.fits(each.traits, vulnerable=each.is_vulnerable)]
        for complaint in await _left_to_rules(work, rule, await _enough(work, rule, fitting)):
            await _declare(work, complaint, system_act(work, complaint, rule.code), policy, rule.code)


async def case_of(work: Work, complaint: Complaint) -> MajorCase:
    """The case of a major complaint, locked. Raises NotMajor."""
    case = await work.store(MajorCases).open_of(complaint.id) if complaint.is_major else None
    if case is None:
        raise NotMajor
    return case


async def _enough(work: Work, rule: MajorRule, fitting: list[Complaint]) -> list[Complaint]:
    """Of these the ones that enough others are like."""
    if rule.alike is None or rule.days is None or not fitting:
        return fitting
    counts = await work.store(MajorCases).alike(rule.code, [each.id for each in fitting], timedelta(days=rule.days))
    return [each for each in fitting if counts.get(each.id, 0) >= rule.alike]


async def _left_to_rules(work: Work, rule: MajorRule, found: list[Complaint]) -> list[Complaint]:
    """Of these the ones that nobody lowered in this episode; of those that are alike one for each cause."""
    if not found:
        return found
    lowered = await work.store(MajorCases).lowered([each.id for each in found])
    left = [each for each in found if each.id not in lowered or lowered[each.id] < each.clocks_from]
    if rule.alike is None:
        return left
    return list({each.cause or str(each.id): each for each in reversed(left)}.values())


async def _declare(work: Work, complaint: Complaint, act: Act, policy: Version[MajorPolicy], rule: str | None) -> None:
    case_id = new_id()
    basis = await major_basis(work, complaint)
    complaint.mark_major(act, case_id, basis, version=policy.version, told=policy.body.tell, rule=rule)
    calendar = calendar_of(await work.store(CALENDARS).of(policy.body.calendar))
    work.store(MajorCases).add(
        MajorCase.declare(case_id, complaint.id, act, policy, calendar, rule=rule, cause=complaint.cause)
    )
