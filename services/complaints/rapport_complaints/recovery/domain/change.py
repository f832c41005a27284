"""A change (变革, S69): a way of working that causes complaints is unfrozen, changed, refrozen, and its effect measured."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from rapport_contracts.complaints import changes as facts
from rapport_kernel.errors import Conflict, Invalid
from rapport_kernel.history import Act, AggregateWithHistory

from rapport_complaints.recovery.domain.change_effect import Effect, Periods
from rapport_complaints.recovery.domain.change_life import CHANGE_LIFE

MOST_STEPS = 100
MOST_COMPLAINTS = 500
"""What one change holds at most: it is a record that people read."""


class StepsMissing(Conflict):
    """No step of this change is open: plan what is to be done first."""

    code = "steps-missing"


class StepsOpen(Conflict):
    """Steps of this change are not done yet."""

    code = "steps-open"


class EffectMissing(Conflict):
    """No effect was recorded since the change was refrozen: nobody knows whether it helped."""

    code = "effect-missing"


@dataclass(frozen=True, slots=True)
class ChangeStep:
    """What is to be done: a code, who does it (an opaque staff id or a unit), until when. Times in UTC."""

    code: str
    owner: str
    due_at: datetime
    missed_at: datetime | None = None
    done_at: datetime | None = None
    done_by: str | None = None


@dataclass(kw_only=True)
class ChangeRecord(AggregateWithHistory, life=CHANGE_LIFE):
    """One change. `dimension` and `group` say which complaints it is to make fewer. `round` counts how often it was
    unfrozen. Every method takes the circumstances (`Act`), and raises NotAllowed when the state has no such move."""

    number: str
    owner: str
    dimension: str
    group: str
    proposed_at: datetime
    trend_id: UUID | None = None
    complaints: list[UUID] = field(default_factory=list)
    steps: list[ChangeStep] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    round: int = 0
    standard: str | None = None
    unfrozen_at: datetime | None = None
    started_at: datetime | None = None
    refrozen_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def due_at(self) -> datetime | None:
        """The earliest due time of its open steps."""
        if self.ended_at is not None:
            return None
        return min((step.due_at for step in self.steps if step.done_at is None), default=None)

    @property
    def next_look(self) -> datetime | None:
        """When a step will have to be said to be late, if nothing else happens."""
        return min((step.due_at for step in self._waiting), default=None)

    @property
    def late_steps(self) -> int:
        """How many were or are done after their time."""
        return sum(step.missed_at is not None for step in self.steps)

    @property
    def measured(self) -> Effect | None:
        """The effect recorded last of what binds now; None: of this round there is none yet."""
        last = self.effects[-1] if self.effects else None
        return last if last is not None and last.periods.after_start == self.refrozen_at else None

    def propose(self, act: Act) -> None:
        """Something is to be changed."""
        self._log_move("propose", "", act, dimension=self.dimension, group=self.group)
        self.record(
            facts.ChangeProposed(
                **self._who,
                number=self.number,
                owner=self.owner,
                trend_id=self.trend_id,
                complaints=len(self.complaints),
                proposed_at=act.at,
            )
        )

    def link(self, act: Act, complaint_id: UUID) -> None:
        """A complaint shows the same problem. Raises Conflict `complaint-linked`, `too-many-complaints`."""
        self._ensure_allowed("link-complaint")
        if complaint_id in self.complaints:
            raise Conflict("complaint-linked", "This complaint is linked already.")
        if len(self.complaints) >= MOST_COMPLAINTS:
            raise Conflict("too-many-complaints", f"A change has at most {MOST_COMPLAINTS} complaints by name.")
        self._step("link-complaint", act, complaint_id=str(complaint_id))
        self.complaints = [*self.complaints, complaint_id]
        self.record(
            facts.ChangeComplaintLinked(
                **self._who, complaint_id=complaint_id, complaints=len(self.complaints), linked_at=act.at
            )
        )

    def plan(self, act: Act, steps: Collection[ChangeStep]) -> None:
        """What is to be done. Raises Invalid `step-twice`, `due-in-the-past`, Conflict `too-many-steps`."""
        self._ensure_allowed("plan-step")
        codes = [step.code for step in (*self.steps, *steps)]
        if len(set(codes)) != len(codes):
            raise Invalid("step-twice", "Each step of a change has a code of its own.")
        if len(codes) > MOST_STEPS:
            raise Conflict("too-many-steps", f"A change has at most {MOST_STEPS} steps.")
        if any(step.due_at <= act.at for step in steps):
            raise Invalid("due-in-the-past", "A step is due after it was planned.")
        self._step("plan-step", act, steps=[step.code for step in steps])
        self.steps = [*self.steps, *steps]
        for step in steps:
            self.record(
                facts.ChangeStepPlanned(**self._who, step=step.code, owner=step.owner, due_at=step.due_at, planned_at=act.at)
            )

    def unfreeze(self, act: Act) -> None:
        """The old way does not bind any more (解冻); of one without effect once more."""
        self._step("unfreeze", act, round=self.round + 1)
        self.round += 1
        self.unfrozen_at = self.unfrozen_at or act.at
        self.refrozen_at = None
        self.record(facts.ChangeUnfrozen(**self._who, round=self.round, unfrozen_at=act.at))

    def start(self, act: Act) -> None:
        """The new way is brought in (改变). Raises StepsMissing."""
        self._ensure_allowed("start")
        if not self.open_steps:
            raise StepsMissing
        self._step("start", act)
        self.started_at = self.started_at or act.at
        self.record(facts.ChangeStarted(**self._who, steps=len(self.steps), started_at=act.at))

    def complete_step(self, act: Act, code: str) -> None:
        """A step was done; in time and entered late is in time. Raises Invalid `unknown-step`, Conflict `step-done`."""
        self._ensure_allowed("complete-step")
        step = next((each for each in self.steps if each.code == code), None)
        if step is None:
            raise Invalid("unknown-step", "The change has no such step.")
        if step.done_at is not None:
            raise Conflict("step-done", "This step was completed already.")
        self._step("complete-step", act, step=code)
        late = act.at > step.due_at
        done = replace(step, done_at=act.at, done_by=act.by, missed_at=step.due_at if late else None)
        self.steps = [done if each.code == code else each for each in self.steps]
        self.record(
            facts.ChangeStepCompleted(**self._who, step=code, owner=step.owner, in_time=not late, completed_at=act.at)
        )

    def refreeze(self, act: Act, standard: str) -> None:
        """The new way binds (再冻结), by the procedure of this code. Raises StepsOpen, which names the steps."""
        self._ensure_allowed("refreeze")
        if self.open_steps:
            raise StepsOpen(None, f"To be done: {', '.join(self.open_steps)}.")
        self._step("refreeze", act, standard=standard)
        self.standard, self.refrozen_at = standard, act.at
        self.record(
            facts.ChangeRefrozen(
                **self._who, standard=standard, steps=len(self.steps), late_steps=self.late_steps, refrozen_at=act.at
            )
        )

    def periods(self, days: int, now: datetime) -> Periods:
        """What is compared: the days before it was unfrozen first, and those since it was refrozen. Raises NotAllowed when
        it is not refrozen, TooEarly."""
        if self.refrozen_at is None or self.unfrozen_at is None:
            CHANGE_LIFE.target(self.state, "record-effect")
            raise EffectMissing
        return Periods.around(self.unfrozen_at, self.refrozen_at, days, now)

    def record_effect(self, act: Act, effect: Effect) -> None:
        """What was measured, whatever it was. Raises Conflict `too-many-effects`."""
        self._ensure_allowed("record-effect")
        if len(self.effects) >= MOST_STEPS:
            raise Conflict("too-many-effects", f"The effect of a change is recorded at most {MOST_STEPS} times.")
        self._step("record-effect", act, verdict=effect.verdict.value, days=effect.periods.days)
        self.effects = [*self.effects, effect]
        self.record(facts.ChangeEffectMeasured(**self._who, **effect.told))

    def close(self, act: Act) -> None:
        """It is over, and what it did is known. Raises EffectMissing."""
        self._ensure_allowed("close")
        measured = self.measured
        if measured is None:
            raise EffectMissing
        self._step("close", act)
        self.ended_at = act.at
        self.record(facts.ChangeClosed(**self._who, rounds=self.round, verdict=measured.verdict, closed_at=act.at))

    def abandon(self, act: Act, reason: str) -> None:
        """It will not be made, or not to its end; nothing of it is due any more."""
        self._step("abandon", act)
        self.ended_at = act.at
        self.record(facts.ChangeAbandoned(**self._who, reason=reason, abandoned_at=act.at))

    def settle(self, now: datetime) -> None:
        """Say which steps are late by `now`, each once and at its own due time, however late somebody looks."""
        for step in self._waiting:
            if step.due_at < now:
                missed = replace(step, missed_at=step.due_at)
                self.steps = [missed if each.code == step.code else each for each in self.steps]
                self.record(facts.ChangeStepMissed(**self._who, step=step.code, owner=step.owner, missed_at=step.due_at))

    @property
    def open_steps(self) -> list[str]:
        """Codes of the steps that are still to be done."""
        return [step.code for step in self.steps if step.done_at is None]

    def _step(self, move: str, act: Act, **detail: Any) -> None:
        self._ensure_allowed(move)
        self.settle(act.at)
        self._transition(move, act, **detail)

    @property
    def _waiting(self) -> list[ChangeStep]:
        if self.ended_at is not None:
            return []
        return [step for step in self.steps if step.done_at is None and step.missed_at is None]

    @property
    def _who(self) -> dict[str, Any]:
        return {"change_id": self.id, "dimension": self.dimension, "group": self.group}
