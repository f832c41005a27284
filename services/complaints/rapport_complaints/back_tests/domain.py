"""Back-tests: what a policy would have said about complaints of the past, against what holds. Nothing changes for them.

Compared are the limits for acknowledgement and resolution, from receipt (or reopening) to the deed, pauses left out. What
holds is what the clock said; a complaint without clocks, such as an imported one, is reckoned from its own times under the
policy that was in force then. Updates are not compared: what was not owed then was not written down. An extension that was
granted counts as far as the policy would have allowed one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from rapport_contracts.complaints.clocks import BackTestCancelled, BackTestCompleted, BackTestStarted
from rapport_contracts.complaints.figures import BACK_TEST
from rapport_contracts.complaints.vocabulary import ClockKind
from rapport_kernel.business_time import BusinessCalendar, Countdown, Pause
from rapport_kernel.errors import Invalid
from rapport_kernel.history import Act, AggregateWithHistory, Noted
from rapport_kernel.states import Move, StateTable

from rapport_complaints.clocks.domain.policies import Rule, SlaPolicy, Traits

BACK_TEST_LIFE = StateTable(
    "back-test", "running", [Move("complete", "running", "completed", by="system"), Move("cancel", "running", "cancelled")]
)


class LimitOutcome(StrEnum):
    """How a limit ended, or stands: kept, run out, still running, or none at all."""

    IN_TIME = "in-time"
    BREACHED = "breached"
    RUNNING = "running"
    NO_LIMIT = "no-limit"


class Excluded(StrEnum):
    """Why a limit was not compared."""

    STOPPED = "stopped"
    """It ended without an answer: withdrawn, duplicate, transferred."""
    NOT_RECORDED = "not-recorded"
    """The other system did not say when it was acknowledged."""
    NO_CLOSING_TIME = "no-closing-time"
    """The other system answered it and did not say when."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome with its due time (UTC), which is None without a limit and while the clock stands still."""

    outcome: LimitOutcome
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One limit of one complaint: what happened. `ended_at` None: it has not ended. `before` is what holds, where a clock
    said it; `extended` is in `unit`."""

    complaint_id: UUID
    number: str
    kind: ClockKind
    traits: Traits
    started_at: datetime
    ended_at: datetime | None
    pauses: Sequence[Pause] = ()
    clock_id: UUID | None = None
    policy: str | None = None
    before: Verdict | None = None
    extended: int = 0
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A limit that would have ended otherwise."""

    case: Case
    policy: str | None
    before: Verdict
    after: Verdict


def reckon(case: Case, policy: SlaPolicy | None, calendar: BusinessCalendar | None, as_of: datetime) -> Verdict:
    """What a policy says about a case, as of a time."""
    rule = policy.rule_for(case.traits) if policy is not None else None
    limit = rule.limit(case.kind) if rule is not None else None
    if rule is None or limit is None or calendar is None:
        return Verdict(LimitOutcome.NO_LIMIT)
    counted_in, duration = limit.model_copy(update={"amount": limit.amount + _granted(case, rule)}).on(calendar)
    try:
        due = Countdown(counted_in, case.started_at, duration, case.pauses).due()
    except Invalid:  # the calendar was cut down since: it never gets there
        due = None
    return Verdict(judge(due, case.ended_at, as_of), due)


def judge(due: datetime | None, ended_at: datetime | None, as_of: datetime) -> LimitOutcome:
    """What is done at the due time is in time."""
    if due is not None and due < (ended_at or as_of):
        return LimitOutcome.BREACHED
    return LimitOutcome.RUNNING if ended_at is None else LimitOutcome.IN_TIME


def _granted(case: Case, rule: Rule) -> int:
    allowed = rule.extension
    if case.kind != ClockKind.RESOLUTION or allowed is None or allowed.unit != case.unit:
        return 0
    return min(case.extended, allowed.amount)


def waits(moves: Sequence[tuple[str, datetime]], pauses: Mapping[str, str]) -> list[Pause]:
    """The pauses in a history (move, when), in order; `pauses` names the moves that begin one, with their reasons."""
    found: list[Pause] = []
    for move, at in moves:
        if move in pauses:
            found.append(Pause(at, None, pauses[move]))
        elif found and found[-1].end is None:
            found[-1] = Pause(found[-1].start, at, found[-1].reason)
    return found


@dataclass(kw_only=True)
class BackTest(AggregateWithHistory, life=BACK_TEST_LIFE):
    """One back-test: what was asked, how far it is, and the sums so far. Complaints are taken in the order of their
    receipt; `cursor_at` and `cursor_id` are those of the last one. Times in UTC. `as_of` is when it began: what had not
    ended is judged by it."""

    noted: ClassVar = {"start": Noted()}

    policy: str
    pack: str | None
    body: SlaPolicy
    received_from: datetime
    received_before: datetime
    as_of: datetime
    total: int
    done_complaints: int = 0
    n: int = 0
    changed: int = 0
    newly_breached: int = 0
    newly_met: int = 0
    breached_before: int = 0
    breached_after: int = 0
    excluded: dict[str, int] = field(default_factory=dict)
    cursor_at: datetime | None = None
    cursor_id: UUID | None = None
    ended_at: datetime | None = None

    def begin(self, act: Act) -> None:
        """It was asked for."""
        self._log_move("start", "", act)
        self._emit(BackTestStarted, started_at=act.at)

    def compare(self, case: Case, policy: str | None, before: Verdict, after: Verdict) -> Change | None:
        """Count one limit; the change, where there is one."""
        breached = LimitOutcome.BREACHED
        self.n += 1
        self.breached_before += before.outcome == breached
        self.breached_after += after.outcome == breached
        if before.outcome == after.outcome:
            return None
        self.changed += 1
        self.newly_breached += after.outcome == breached
        self.newly_met += before.outcome == breached and after.outcome in {LimitOutcome.IN_TIME, LimitOutcome.RUNNING}
        return Change(case, policy, before, after)

    def leave_out(self, reasons: Sequence[Excluded]) -> None:
        """Count what was not compared."""
        self.excluded = dict(Counter(self.excluded) + Counter(reason.value for reason in reasons))

    def advance(self, complaints: int, cursor: tuple[datetime, UUID] | None) -> None:
        """A portion was done."""
        self.done_complaints += complaints
        if cursor is not None:
            self.cursor_at, self.cursor_id = cursor

    def complete(self, act: Act) -> None:
        """All complaints of the period were looked at."""
        self._transition("complete", act)
        self.ended_at = act.at
        self._emit(
            BackTestCompleted, complaints=self.done_complaints, definition_version=BACK_TEST.version, completed_at=act.at
        )

    def cancel(self, act: Act) -> None:
        """It is not wanted any more. Raises NotAllowed when it has ended."""
        self._transition("cancel", act)
        self.ended_at = act.at
        self._emit(BackTestCancelled, cancelled_at=act.at)
