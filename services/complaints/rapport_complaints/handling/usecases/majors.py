"""Major complaints (S60): declared by hand or by rule, worked on by a checklist, lowered again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from rapport_chassis.commands import Command, example, load_for_command, system_act
from rapport_chassis.versions import Since
from rapport_chassis.work import Work
from rapport_contracts.codes import NewCode
from rapport_kernel.history import Act
from rapport_kernel.ids import new_id
from rapport_kernel.versions import Version

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.data import StepCode
from rapport_complaints.cases.domain.refusals import NotMajor
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.timing import major_basis, policies_of_major
from rapport_complaints.clocks.domain.policies import calendar_of
from rapport_complaints.clocks.store import CALENDARS
from rapport_complaints.clocks.usecases import demand_calendar
from rapport_complaints.handling.domain.major import MajorCase, MajorPolicy, MajorRule
from rapport_complaints.handling.store.escalations import CLIMB
from rapport_complaints.handling.store.majors import MAJOR_POLICIES, MajorCases
from rapport_complaints.shipped import shipped


class MajorDeclaration(Command):
    """Why it is a major complaint."""

    model_config = example({"reason": "press-interest", "note": "A newspaper has called."})

    reason: NewCode


class Lowering(Command):
    """Why it is an ordinary complaint after all."""

    model_config = example({"reason": "one-shop-only"})

    reason: NewCode


class MajorStepDone(Command):
    """The step of the checklist that was done; the note is the result."""

    model_config = example({"step": "call", "note": "The customer wants to hear from us every day."})

    step: StepCode


class NewMajorPolicy(Since, MajorPolicy):
    """The next version of the policy; cases keep the version under which they were declared."""

    model_config = example(shipped("major_policies", MajorPolicy)["standard"].model_dump(mode="json", exclude_defaults=True))


async def mark_major(work: Work, complaint_id: UUID, command: MajorDeclaration) -> Complaint:
    """Declare it by hand. Raises NotFound, NotAllowed, AlreadyMajor, VersionConflict, Invalid."""
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    await _declare(work, complaint, act, await work.store(MAJOR_POLICIES).current(), None)
    await work.timers.set(CLIMB, complaint.id, work.now)  # steps of the ladder can be about major complaints
    return complaint


async def lower_major(work: Work, complaint_id: UUID, command: Lowering) -> Complaint:
    """Lower it again. Raises NotFound, NotMajor, VersionConflict, Invalid, and ApproverInvolved for the person who declared
    it."""
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    case = await _case_of(work, complaint)
    case.lower(act, complaint.subject_staff)
    complaint.lower_major(act, case.id, await policies_of_major(work, complaint))
    return complaint


async def complete_major_step(work: Work, complaint_id: UUID, command: MajorStepDone) -> Complaint:
    """A step was done. Raises NotFound, NotMajor, VersionConflict, Invalid, also `unknown-step`, Conflict `step-done`."""
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    case = await _case_of(work, complaint)
    case.complete_step(act, command.step)
    complaint.complete_major_step(act, case.id, command.step)
    return complaint


async def judge_by_rules(work: Work, complaints: Collection[Complaint]) -> None:
    """Declare those major that a rule matches: the first one. Of complaints that are alike only one is declared while its
    case is open. A complaint that a person lowered in this episode is left to people."""
    policy = await work.store(MAJOR_POLICIES).current()
    waiting = [complaint for complaint in complaints if complaint.may_become_major()]
    for rule in policy.body.rules:
        fitting = [complaint for complaint in waiting if not complaint.is_major and rule.fits(complaint)]
        for complaint in await _left_to_rules(work, rule, fitting):
            await _declare(work, complaint, system_act(work, complaint, rule.code), policy, rule.code)


async def put_major_policy(work: Work, code: str, data: NewMajorPolicy) -> Version[MajorPolicy]:
    """Add a version. Raises NotFound for any code but that of the one policy that counts, Invalid `unknown-calendar`,
    `never` for a limit that the calendar never reaches, VersionConflict."""
    work.store(MAJOR_POLICIES).demand(code)
    calendar = await demand_calendar(work, data.calendar)
    for step in data.steps:
        if step.within is not None:
            counted_in, duration = step.within.on(calendar)
            counted_in.add(work.now, duration)
    return await work.store(MAJOR_POLICIES).put(code, data)


async def _case_of(work: Work, complaint: Complaint) -> MajorCase:
    """The case of a major complaint, locked. Raises NotMajor."""
    case = await work.store(MajorCases).open_of(complaint.id) if complaint.is_major else None
    if case is None:
        raise NotMajor
    return case


async def _left_to_rules(work: Work, rule: MajorRule, fitting: list[Complaint]) -> list[Complaint]:
    """Those with enough complaints like them that nobody lowered in this episode; of those that are alike one per cause."""
    if not fitting:
        return fitting
    since = None if rule.days is None else timedelta(days=rule.days)
    alike = await work.store(MajorCases).left_to_rules(rule.code, [each.id for each in fitting], since)
    left = [each for each in fitting if each.id in alike and alike[each.id] >= (rule.alike or 0)]
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
