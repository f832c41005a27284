"""The clocks of a complaint: limits that run in business time, pause, warn, and are met or breached (S50, S63).

Nothing here waits for a timer: every operation first settles what the past already decided, so a breach has the exact time
of the breach, also when nobody looked. Each operation answers with the facts to publish.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from rapport_contracts.complaints.clocks import (
    ClockBreached,
    ClockExtended,
    ClockMet,
    ClockPaused,
    ClockRescheduled,
    ClockResumed,
    ClockStarted,
    ClockWarned,
)
from rapport_contracts.event import Event
from rapport_kernel.business_time import BusinessCalendar, Countdown, Pause, Stretch
from rapport_kernel.history import Act
from rapport_kernel.ids import new_id
from rapport_kernel.states import StateTable

from rapport_complaints.clocks.domain.basis import Basis
from rapport_complaints.clocks.domain.clock_life import CLOCK_LIFE, AlreadyExtended, TooLateToExtend
from rapport_complaints.clocks.domain.policies import Rule, Target

Facts = list[Event]


@dataclass(frozen=True, slots=True)
class PastDue:
    """A due time that no longer holds: what it was, when and why it was replaced."""

    due_at: datetime | None
    replaced_at: datetime
    reason: str


@dataclass(kw_only=True)
class Clock:
    """One limit of one episode under one policy. `due_at` and `warn_at` are None while it is paused; `extended` is by how
    much the limit was extended, in the unit of `target`; all times in UTC."""

    life: ClassVar[StateTable] = CLOCK_LIFE

    complaint_id: UUID
    kind: str
    episode: int
    policy: str
    policy_version: int
    calendar: str
    calendar_version: int
    target: Target
    warn_percent: int
    started_at: datetime
    id: UUID = field(default_factory=new_id)
    state: str = CLOCK_LIFE.initial
    due_at: datetime | None = None
    warn_at: datetime | None = None
    warned_at: datetime | None = None
    breached_at: datetime | None = None
    ended_at: datetime | None = None
    in_time: bool | None = None
    extended: int = 0
    pauses: list[Pause] = field(default_factory=list)
    past_dues: list[PastDue] = field(default_factory=list)
    changed: bool = field(default=False, compare=False)

    @classmethod
    def start(
        cls, complaint_id: UUID, kind: str, episode: int, basis: Basis, at: datetime, pauses: Sequence[Pause] = ()
    ) -> tuple[Clock, Facts]:
        """A clock that runs from `at`, `pauses` apart; it stands still when one of them has no end. Raises ValueError when
        the rule has no such limit."""
        limit = basis.rule.limit(kind)
        if limit is None:
            raise ValueError(f"no limit for {kind}")
        clock = cls(
            complaint_id=complaint_id,
            kind=kind,
            episode=episode,
            policy=basis.policy.code,
            policy_version=basis.policy.version,
            calendar=basis.policy.body.calendar,
            calendar_version=basis.calendar_version,
            target=limit,
            warn_percent=basis.rule.warn_percent,
            started_at=at,
            pauses=list(pauses),
        )
        return clock, clock._begin(basis.calendar)

    def again(self, at: datetime, calendar: BusinessCalendar) -> tuple[Clock, Facts]:
        """Another clock like this one, which runs from `at`."""
        clock = Clock(
            complaint_id=self.complaint_id,
            kind=self.kind,
            episode=self.episode,
            policy=self.policy,
            policy_version=self.policy_version,
            calendar=self.calendar,
            calendar_version=self.calendar_version,
            target=self.target,
            warn_percent=self.warn_percent,
            started_at=at,
        )
        return clock, clock._begin(calendar)

    def has_run_out(self, at: datetime) -> bool:
        """Whether it was over by `at`."""
        return (self.breached_at or self.due_at or at) < at

    @property
    def running(self) -> bool:
        """It has not ended; it may be paused."""
        return self.state in {"running", "paused"}

    @property
    def next_check_at(self) -> datetime | None:
        """When something will have to be said about it next, if nothing else happens."""
        if self.state != "running" or self.breached_at is not None:
            return None
        return self.warn_at if self.warned_at is None else self.due_at

    @property
    def last_said(self) -> datetime:
        """The latest time that anything was said about: nothing that is found out afterwards may lie before it."""
        times = (self.warned_at, self.breached_at, *(moment for pause in self.pauses for moment in (pause.start, pause.end)))
        return max((at for at in times if at is not None), default=self.started_at)

    def settle(self, now: datetime) -> Facts:
        """What has become true by `now`: the warning line passed, the due time passed; each said once, at its own time."""
        facts: Facts = []
        if self.state != "running" or self.due_at is None:
            return facts
        self.changed = True
        if self.warned_at is None and self.warn_at is not None and self.warn_at <= now:
            self.warned_at = self.warn_at
            facts.append(ClockWarned(**self._who, warned_at=self.warn_at, due_at=self.due_at))
        if self.breached_at is None and self.due_at < now:
            self.breached_at = self.due_at
            facts.append(ClockBreached(**self._who, breached_at=self.due_at))
        return facts

    def pause(self, at: datetime, reason: str) -> Facts:
        """Stand still from `at`. Raises NotAllowed when it does already, or has ended."""
        facts = self.settle(at)
        self._move("pause")
        self.pauses.append(Pause(at, None, reason))
        self._replace_due(at, reason)
        self.due_at = self.warn_at = None
        return [*facts, ClockPaused(**self._who, reason=reason, paused_at=at)]

    def resume(self, at: datetime, basis_calendar: BusinessCalendar) -> Facts:
        """Run again from `at`, with a new due time. Raises NotAllowed when it was not paused."""
        self._move("resume")
        self._end_pause(at)
        due = self._reckon(basis_calendar)
        return [ClockResumed(**self._who, resumed_at=at, due_at=due or at)]

    def meet(self, at: datetime) -> Facts:
        """What it waited for happened at `at`. A breach that was found before `at` was entered is taken back when `at`
        was in time: the entry came late, not the deed. Raises NotAllowed when it has ended."""
        facts = self.settle(at)
        self._move("meet")
        self._end_pause(at)
        if self.breached_at is not None and at <= self.breached_at:
            self.breached_at = None
        self.ended_at, self.in_time = at, self.breached_at is None
        return [*facts, ClockMet(**self._who, in_time=self.in_time, met_at=at)]

    def stop(self, at: datetime) -> Facts:
        """End without an answer: the complaint was withdrawn. What ran out before stays breached; nothing comes after."""
        facts = self.settle(at)
        self._move("stop")
        self._end_pause(at)
        self.ended_at = at
        return facts

    def reschedule(
        self, at: datetime, reason: str, calendar: BusinessCalendar, calendar_version: int, rule: Rule | None = None
    ) -> Facts:
        """Reckon anew because the calendar, or with `rule` the limit, has changed. The old due time stays in the history;
        time waited is credited as before. A breach or warning that the new reckoning does not know is taken back."""
        before = self.due_at
        if rule is not None:
            self.target = rule.limit(self.kind) or self.target
            self.warn_percent = rule.warn_percent
        self.calendar_version = calendar_version
        self.changed = True
        if self.state != "running":
            return []
        due = self._reckon(calendar)
        if due is None or before is None or due == before:
            return []
        self._moved(before, at, reason)
        moved = ClockRescheduled(**self._who, reason=reason, previous_due_at=before, due_at=due, rescheduled_at=at)
        return [moved, *self.settle(at)]

    def extend(self, act: Act, by: int, requested_by: str, calendar: BusinessCalendar) -> Facts:
        """Give it `by` more of its unit, once, before it has run out. Approval that was given in time and entered late takes
        the breach back. Raises NotAllowed when it has ended, AlreadyExtended, TooLateToExtend."""
        CLOCK_LIFE.target(self.state, "extend")
        if self.extended:
            raise AlreadyExtended
        if self.has_run_out(act.at):
            raise TooLateToExtend
        facts, before = self.settle(act.at), self.due_at
        self._move("extend")
        self.extended = by
        if self.state == "running":
            self._reckon(calendar)
            self._moved(before, act.at, "extended")
        extended = ClockExtended(
            **self._who,
            policy=self.policy,
            extended_by=by,
            unit=self.target.unit,
            reason=act.reason or "",
            requested_by=requested_by,
            approved_by=act.who,
            previous_due_at=before,
            due_at=self.due_at,
            extended_at=act.at,
        )
        return [*facts, extended]

    def explain(self, calendar: BusinessCalendar, until: datetime) -> list[Stretch]:
        """Every stretch from its start to its end, or to `until` while it runs: counted or not, and why."""
        return self._countdown(calendar).explain(self.ended_at or until)

    def elapsed_seconds(self, calendar: BusinessCalendar, until: datetime) -> float:
        """Counted seconds from its start to its end, or to `until` while it runs."""
        return self._countdown(calendar).elapsed(self.ended_at or until).total_seconds()

    def target_seconds(self, calendar: BusinessCalendar) -> float:
        """The limit in counted seconds, with what it was extended by."""
        return self._limit.on(calendar)[1].total_seconds()

    def extension_seconds(self, calendar: BusinessCalendar) -> float:
        """The part of the limit that it was extended by."""
        return self.target_seconds(calendar) - self.target.on(calendar)[1].total_seconds()

    @property
    def _limit(self) -> Target:
        return self.target.model_copy(update={"amount": self.target.amount + self.extended})

    def _countdown(self, calendar: BusinessCalendar) -> Countdown:
        counted_in, duration = self._limit.on(calendar)
        return Countdown(counted_in, self.started_at, duration, self.pauses)

    def _begin(self, calendar: BusinessCalendar) -> Facts:
        due = self._reckon(calendar)
        started = ClockStarted(
            **self._who,
            policy=self.policy,
            policy_version=self.policy_version,
            started_at=self.started_at,
            due_at=due or self.started_at,
        )
        still = next((pause for pause in self.pauses if pause.end is None), None)
        if still is None:
            return [started]
        self._move("pause")
        self.due_at = self.warn_at = None
        return [started, ClockPaused(**self._who, reason=still.reason, paused_at=still.start)]

    def _reckon(self, calendar: BusinessCalendar) -> datetime | None:
        countdown = self._countdown(calendar)
        self.due_at, self.warn_at = countdown.due(), countdown.due(self.warn_percent / 100)
        self.changed = True
        return self.due_at

    def _move(self, name: str) -> None:
        self.state = CLOCK_LIFE.target(self.state, name)
        self.changed = True

    def _moved(self, before: datetime | None, at: datetime, reason: str) -> None:
        """The due time was reckoned anew: the old one stays known, and what was only true of it is taken back."""
        self.past_dues.append(PastDue(before, at, reason))
        if self.breached_at is not None and self.due_at != self.breached_at:
            self.breached_at = None
        if self.warned_at is not None and self.warn_at is not None and self.warn_at > at:
            self.warned_at = None

    def _replace_due(self, at: datetime, reason: str) -> None:
        self.past_dues.append(PastDue(self.due_at, at, reason))

    def _end_pause(self, at: datetime) -> None:
        self.pauses = [replace(p, end=max(at, p.start)) if p.end is None else p for p in self.pauses]

    @property
    def _who(self) -> dict[str, Any]:
        return {"complaint_id": self.complaint_id, "clock_id": self.id, "kind": self.kind}


def may_extend(clock: Clock, act: Act) -> bool:
    """It was not extended and has not run out. What its policy allows, and who was involved, is seen when it is done."""
    return not clock.extended and not clock.has_run_out(act.at)
