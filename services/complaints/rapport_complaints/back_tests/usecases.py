"""Try a policy on complaints of the past: started by a command, carried on in portions by a timer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from rapport_chassis.commands import Command, act_of, example
from rapport_chassis.timers import Timer
from rapport_chassis.work import Work
from rapport_contracts.codes import NewCode
from rapport_contracts.complaints.vocabulary import ClockKind
from rapport_contracts.fields import UtcTime
from rapport_kernel.business_time import BusinessCalendar
from rapport_kernel.errors import Conflict, Invalid, NotFound
from rapport_kernel.history import Act
from rapport_kernel.ids import new_id
from rapport_kernel.versions import Version, in_force

from rapport_complaints.back_tests.domain import (
    BackTest,
    Case,
    Change,
    Excluded,
    LimitOutcome,
    Verdict,
    judge,
    reckon,
    waits,
)
from rapport_complaints.back_tests.store import RUN, BackTests, PastComplaint
from rapport_complaints.cases.domain.life import ENDED, TOLD, WAITS
from rapport_complaints.clocks.domain.clocks import Clock
from rapport_complaints.clocks.domain.policies import SlaPolicy, Traits, calendar_of, choose
from rapport_complaints.clocks.store import CALENDARS, SLA_POLICIES, pack
from rapport_complaints.clocks.usecases import demand_reachable

PORTION = 1000
MOST = 5
"""Back-tests that may run at once."""
COMPARED = (ClockKind.ACKNOWLEDGEMENT, ClockKind.RESOLUTION)


Moment = Annotated[UtcTime, Field(ge=datetime(1900, 1, 1, tzinfo=UTC), le=datetime(2200, 1, 1, tzinfo=UTC))]


class TooManyBackTests(Conflict):
    """So many back-tests are running already; wait for one to end, or cancel it."""

    code = "too-many-back-tests"


class NewBackTest(Command):
    """Which policy (a body, or a shipped pack), on complaints received from when on and before when."""

    model_config = example(
        {"pack": "internal-strict", "received_from": "2026-01-01T00:00:00Z", "received_before": "2026-04-01T00:00:00Z"}
    )

    received_from: Moment
    received_before: Moment
    pack: NewCode | None = Field(default=None, description="A shipped pack; null: `policy` is given.")
    policy: SlaPolicy | None = Field(default=None, description="As it would be put; null: `pack` is given.")


class Cancellation(Command):
    """Stop a back-test that is still running."""


async def start_back_test(work: Work, code: str, command: NewBackTest) -> BackTest:
    """Start it; the first portion is due at once.

    Raises Invalid `policy-or-pack`, `unknown-pack`, `unknown-calendar`, `never`, `empty-period`, TooManyBackTests.
    """
    body = _body(command)
    await demand_reachable(work, body, "policy", work.now)
    if command.received_from >= command.received_before:
        raise Invalid.at("received_before", "empty-period")
    if await work.store(BackTests).running() >= MOST:
        raise TooManyBackTests
    test = BackTest(
        id=new_id(),
        policy=code,
        pack=command.pack,
        body=body,
        received_from=command.received_from,
        received_before=command.received_before,
        as_of=work.now,
        last_at=work.now,
        total=await work.store(BackTests).count(command.received_from, command.received_before),
    )
    test.begin(Act(at=work.now, recorded_at=work.now, by=str(work.actor), reason=command.reason))
    await work.timers.set(RUN, test.id, work.now)
    return work.store(BackTests).add(test)


async def cancel_back_test(work: Work, back_test_id: UUID, command: Cancellation) -> BackTest:
    """Stop it. Raises NotFound, NotAllowed, VersionConflict, Invalid."""
    test = await work.store(BackTests).get(back_test_id, for_update=True)
    test.cancel(await act_of(work, test, command))
    await work.timers.cancel(RUN, test.id)
    return test


async def run_back_test(work: Work, timer: Timer) -> None:
    """One portion; the next is a timer that is due at once. A killed worker loses no more than its portion."""
    test = await work.store(BackTests).get(UUID(timer.key), for_update=True)
    if test.state != "running":
        return
    past = await work.store(BackTests).portion(test, PORTION)
    known = await _known(work)
    changes: list[Change] = []
    for each in past:
        changes.extend(_compare(test, each, known))
    await work.store(BackTests).keep(test, changes)
    test.advance(len(past), (past[-1].row.received_at, past[-1].row.id) if past else None)
    if len(past) == PORTION:
        await work.timers.set(RUN, test.id, work.now)
    else:
        test.complete(Act(at=work.now, recorded_at=work.now, by=str(work.actor)))


@dataclass(frozen=True, slots=True)
class _Known:
    """What the reckoning needs beside the complaints: all policies, and the calendars as they are known now."""

    policies: Sequence[Version[SlaPolicy]]
    calendars: Mapping[str, BusinessCalendar]

    def calendar(self, policy: SlaPolicy | None) -> BusinessCalendar | None:
        return self.calendars.get(policy.calendar) if policy is not None else None

    def held(self, code: str, traits: Traits, at: datetime) -> Version[SlaPolicy] | None:
        """What was in force then for such a complaint: the policy of that code, where there was one, else what counted."""
        codes = {each.code for each in self.policies}
        found = [in_force([each for each in self.policies if each.code == one], at) for one in codes]
        valid = [each for each in found if each is not None]
        own = next((each for each in valid if each.code == code), None)
        chosen = choose(valid, traits)
        return own or (chosen[0] if chosen is not None else None)


async def _known(work: Work) -> _Known:
    versions = await work.store(CALENDARS).all()
    codes = {each.code for each in versions}
    calendars = {code: calendar_of([each for each in versions if each.code == code]) for code in codes}
    return _Known(await work.store(SLA_POLICIES).all(), calendars)


def _compare(test: BackTest, past: PastComplaint, known: _Known) -> Iterator[Change]:
    cases: list[Case | Excluded] = list(_of_clocks(test, past) if past.clocks else _of_times(past))
    test.leave_out([each for each in cases if isinstance(each, Excluded)])
    for case in cases:
        if isinstance(case, Excluded):
            continue
        policy, before = case.policy, case.before
        if before is None:
            held = known.held(test.policy, case.traits, past.row.received_at)
            body = held.body if held is not None else None
            before = reckon(case, body, known.calendar(body), test.as_of)
            policy = held.code if held is not None and before.outcome != LimitOutcome.NO_LIMIT else None
        after = reckon(case, test.body, known.calendar(test.body), test.as_of)
        change = test.compare(case, policy, before, after)
        if change is not None:
            yield change


def _of_clocks(test: BackTest, past: PastComplaint) -> Iterator[Case | Excluded]:
    """What its clocks said: those under the policy of that code, where there are any, else those it is pinned to."""
    compared = [clock for clock in past.clocks if clock.kind in set(COMPARED)]
    own = [clock for clock in compared if clock.policy == test.policy]
    for clock in own or [clock for clock in compared if clock.policy == past.row.policy]:
        if clock.state == "stopped":
            yield Excluded.STOPPED
            continue
        yield Case(
            complaint_id=past.row.id,
            number=past.row.number,
            kind=ClockKind(clock.kind),
            traits=_traits(past),
            started_at=clock.started_at,
            ended_at=clock.ended_at,
            pauses=clock.pauses,
            clock_id=clock.id,
            policy=clock.policy,
            before=_said(clock, test.as_of),
            extended=clock.extended,
            unit=clock.target.unit,
        )


def _said(clock: Clock, as_of: datetime) -> Verdict:
    if clock.breached_at is not None:
        return Verdict(LimitOutcome.BREACHED, clock.breached_at)
    if clock.ended_at is not None:
        return Verdict(LimitOutcome.IN_TIME, clock.due_at)
    return Verdict(judge(clock.due_at, None, as_of), clock.due_at)


def _of_times(past: PastComplaint) -> Iterator[Case | Excluded]:
    """What its own times say: it is imported, or nobody promised it a time."""
    row, imported = past.row, past.row.external_ref is not None
    answered_at = row.accepted_at or row.closed_at or (None if imported else row.feedback_at)
    ends = {ClockKind.ACKNOWLEDGEMENT: row.acknowledged_at, ClockKind.RESOLUTION: answered_at}
    for kind, ended_at in ends.items():
        if row.state in ENDED and row.state != "closed" and ended_at is None:
            yield Excluded.STOPPED
        elif imported and kind == ClockKind.ACKNOWLEDGEMENT and ended_at is None:
            yield Excluded.NOT_RECORDED
        elif kind == ClockKind.RESOLUTION and ended_at is None and row.state in {"accepted", "resolved", "closed", *TOLD}:
            yield Excluded.NO_CLOSING_TIME
        else:
            pauses = waits(past.waits, WAITS) if kind == ClockKind.RESOLUTION else ()
            yield Case(row.id, row.number, kind, _traits(past), row.began_at or row.received_at, ended_at, pauses)


def _traits(past: PastComplaint) -> Traits:
    row = past.row
    return Traits(row.channel, row.category, row.severity, row.complex)


def _body(command: NewBackTest) -> SlaPolicy:
    if (command.pack is None) == (command.policy is None):
        raise Invalid.at("policy", "policy-or-pack")
    if command.policy is not None:
        return command.policy
    try:
        return pack(command.pack or "").policy
    except NotFound:
        raise Invalid.at("pack", "unknown-pack") from None
