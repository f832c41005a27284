"""Escalation: a complaint comes before somebody with more say, by the ladder or by hand, until it is over (S59, S63).

A complaint that is over never escalates, nor does one whose customer knows the decision climb by itself; a clock that stands
still, or has ended, is no reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from rapport_contracts.complaints.escalation import ComplaintEscalated, EscalationEnded
from rapport_contracts.complaints.handling import ConflictOfInterestBlocked
from rapport_contracts.complaints.vocabulary import EscalationTarget, EscalationTrigger
from rapport_kernel.history import Act, Noted
from rapport_kernel.ids import new_id
from rapport_kernel.versions import Version

from rapport_complaints.cases.domain.data import HIGHEST, Addressee, Ladder, Step
from rapport_complaints.cases.domain.life import OPEN, TOLD
from rapport_complaints.cases.domain.possible import MAJOR
from rapport_complaints.cases.domain.record import ComplaintRecord
from rapport_complaints.cases.domain.refusals import ConflictOfInterest


@dataclass(frozen=True, slots=True)
class Escalation:
    """One time that a complaint was brought before somebody. `since` is when the reason arose, `step` and `version` are of
    the ladder, None by hand; times in UTC."""

    episode: int
    level: int
    trigger: EscalationTrigger
    step: str | None
    version: int | None
    to: Addressee
    since: datetime
    act: Act
    id: UUID = field(default_factory=new_id)

    @property
    def codes(self) -> dict[str, Any]:
        """What the history says of it."""
        to = {"to_kind": self.to.kind.value, "to": self.to.code}
        return {"level": self.level, "trigger": self.trigger.value, "step": self.step, **to}


@dataclass(kw_only=True)
class Escalating(ComplaintRecord):
    """The part of a complaint that is about who else has to know of it. `raised` are escalations not stored yet, `was_major`
    says that it was on the major track when it ended just now; whoever keeps these takes them from here."""

    noted: ClassVar = {
        "escalate": Noted(level=int, trigger=EscalationTrigger, step=str | None, to_kind=EscalationTarget, to=str)
    }

    raised: list[Escalation] = field(default_factory=list, repr=False, compare=False)
    was_major: bool = field(default=False, repr=False, compare=False)

    def escalate(self, act: Act, to: Addressee, level: int | None) -> None:
        """Somebody brings it before `to`, one level higher than it is by default. Raises ConflictOfInterest for a person
        whom it is about, or who handled it before an appeal was upheld."""
        self._ensure_allowed("escalate")
        if self.is_partial(to):
            raise ConflictOfInterest
        level = level or min(self.escalation_level + 1, HIGHEST)
        raised = Escalation(self.episode, level, EscalationTrigger.BY_HAND, None, None, to, act.at, act)
        self._transition("escalate", act, **raised.codes)
        self._raise(raised)

    def climb(self, act: Act, ladder: Version[Ladder]) -> None:
        """Take every step that is due by now and was not taken in this episode. A person whom a step names and who may not
        handle the complaint is passed over; the attempt is recorded (回避)."""
        if self.state not in OPEN or self.state in TOLD:
            return
        for step in ladder.body.steps:
            since = None if step.code in self.escalation_steps else self._since(step, act.at)
            if since is None:
                continue
            to = step.to
            if self.is_partial(to):
                self._log_system("conflict-of-interest", act, staff=to.code)
                self._emit(ConflictOfInterestBlocked, staff=to.code, blocked_at=act.at)
                to = ladder.body.instead
            self.escalation_steps = [*self.escalation_steps, step.code]
            raised = Escalation(self.episode, step.level, step.trigger, step.code, ladder.version, to, since, act)
            self._log_system("escalate", act, **raised.codes)
            self._raise(raised)

    def next_climb(self, ladder: Ladder, now: datetime) -> datetime | None:
        """When age alone will make a step due next; None: never, or not while it waits."""
        if self.state not in OPEN or self.state in TOLD:
            return None
        untaken = (step for step in ladder.steps if step.code not in self.escalation_steps and step.matches(self.traits))
        ages = (self._old_enough(step) for step in untaken)
        return min((at for at in ages if at is not None and at > now), default=None)

    def is_partial(self, to: Addressee) -> bool:
        """Whether this is a person who has a conflict of interest."""
        return to.kind == EscalationTarget.STAFF and self.may_not_handle(to.code)

    def _since(self, step: Step, now: datetime) -> datetime | None:
        """When this step became due; None: it is not."""
        if not step.matches(self.traits):
            return None
        match step.trigger:
            case EscalationTrigger.CLOCK_WARNED | EscalationTrigger.CLOCK_BREACHED:
                return self._clock_since(step)
            case EscalationTrigger.AGE:
                due = self._old_enough(step)
                return due if due is not None and due <= now else None
            case EscalationTrigger.REFUSALS:
                return now if self.refusals >= (step.refusals or 1) else None
            case _:
                return now

    def _clock_since(self, step: Step) -> datetime | None:
        warned = step.trigger == EscalationTrigger.CLOCK_WARNED
        clocks = (
            clock
            for clock in self.clocks
            if clock.state == "running"
            and (not step.clocks or clock.kind in step.clocks)
            and (not step.policies or clock.policy in step.policies)
        )
        times = (clock.warned_at if warned else clock.breached_at for clock in clocks)
        return min((at for at in times if at is not None), default=None)

    def _old_enough(self, step: Step) -> datetime | None:
        """Never for what another system began: how long that waited nobody knows."""
        if (
            step.after_hours is None
            or self.waiting_since is not None
            or (self.external_ref is not None and self.episode == 1)
        ):
            return None
        return self.clocks_from + timedelta(hours=step.after_hours, seconds=self.waited_seconds)

    def _raise(self, raised: Escalation) -> None:
        self.raised = [*self.raised, raised]
        self.escalation_level = max(self.escalation_level, raised.level)
        self._emit(
            ComplaintEscalated,
            escalation_id=raised.id,
            level=raised.level,
            trigger=raised.trigger,
            step=raised.step,
            to_kind=raised.to.kind,
            to=raised.to.code,
            reason=raised.act.reason,
            escalated_at=raised.act.at,
            triggered_at=raised.since,
        )

    def _come_down(self, act: Act) -> None:
        """It is over: nobody is asked for anything any more, it is on no track, and no proposal waits."""
        self.was_major = MAJOR in self.flags
        self.flags = [flag for flag in self.flags if flag != MAJOR]
        self._forget_pending()
        if not self.escalation_level:
            return
        self._emit(EscalationEnded, level=self.escalation_level, outcome=self.outcome or self.state, ended_at=act.at)
        self.escalation_level = 0
