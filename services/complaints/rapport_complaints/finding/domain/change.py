"""A change (变革, S69): a way of working that causes complaints is unfrozen, changed, refrozen, and its effect measured."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from rapport_contracts.complaints import changes as facts
from rapport_contracts.complaints.vocabulary import ChangeVerdict, TrendDimension
from rapport_kernel.errors import Conflict, Invalid
from rapport_kernel.history import Act, AggregateWithHistory, Noted, any_open
from rapport_kernel.states import Move, StateTable

from rapport_complaints.finding.domain.effect import Effect, Periods

MOST_STEPS = 100
MOST_COMPLAINTS = 500
"""Limits of one change: it is a record that people read."""
UNDER_WAY = ("proposed", "unfrozen", "changing", "refrozen")
CHANGE_LIFE = StateTable(
    "change",
    "proposed",
    [
        *[Move("link-complaint", state, state) for state in UNDER_WAY],
        *[Move("plan-step", state, state) for state in ("proposed", "unfrozen", "changing")],
        Move("unfreeze", "proposed", "unfrozen"),
        Move("start", "unfrozen", "changing"),  # guarded: a step is open
        Move("complete-step", "changing", "changing"),
        Move("refreeze", "changing", "refrozen"),  # guarded: every step is done
        Move("record-effect", "refrozen", "refrozen"),
        Move("unfreeze", "refrozen", "unfrozen"),  # again, when it had no effect
        Move("close", "refrozen", "closed"),  # guarded: an effect was recorded since it was refrozen
        *[Move("abandon", state, "abandoned") for state in UNDER_WAY],
    ],
)


class StepsMissing(Conflict):
    """No step of this change is open: plan a step first."""

    code = "steps-missing"


class StepsOpen(Conflict):
    """Steps of this change are not done yet."""

    code = "steps-open"


class EffectMissing(Conflict):
    """No effect was recorded since the change was refrozen: nobody knows whether it helped."""

    code = "effect-missing"


@dataclass(frozen=True, slots=True)
class ChangeStep:
    """One task: a code, its owner (an opaque staff id or a unit), its due time. Times in UTC."""

    code: str
    owner: str
    due_at: datetime
    missed_at: datetime | None = None
    done_at: datetime | None = None
    done_by: str | None = None


def has_open_step(change: Change) -> bool:
    """A step is to be done."""
    return any_open(change.steps, "done_at")


def has_no_open_step(change: Change) -> bool:
    """Every step was done."""
    return not has_open_step(change)


def has_room_for_complaints(change: Change) -> bool:
    """There are not too many yet."""
    return len(change.complaints) < MOST_COMPLAINTS


def has_effect(change: Change) -> bool:
    """An effect was recorded. Whether since it was refrozen last is seen when it is closed."""
    return bool(change.effects)


@dataclass(kw_only=True)
class Change(AggregateWithHistory, life=CHANGE_LIFE):
    """One change. `dimension` and `group` name the complaints that it is to make fewer. `round` counts how often it was
    unfrozen. Times in UTC."""

    noted: ClassVar = {
        "propose": Noted(dimension=TrendDimension, group=str),
        "link-complaint": Noted(complaint_id=UUID),
        "plan-step": Noted(steps=list[str]),
        "unfreeze": Noted(round=int),
        "complete-step": Noted(step=str),
        "refreeze": Noted(standard=str),
        "record-effect": Noted(verdict=ChangeVerdict, days=int),
    }

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
    def late_steps(self) -> int:
        """How many are overdue or were done late."""
        return sum(step.missed_at is not None for step in self.steps)

    @property
    def open_steps(self) -> list[str]:
        """Codes of the steps that are not done."""
        return [step.code for step in self.steps if step.done_at is None]

    @property
    def measured(self) -> Effect | None:
        """The last effect recorded since it was refrozen; None: there is none yet."""
        last = self.effects[-1] if self.effects else None
        return last if last is not None and last.periods.after_start == self.refrozen_at else None

    @property
    def verdict(self) -> ChangeVerdict | None:
        """That of this effect."""
        return None if self.measured is None else self.measured.verdict

    @property
    def next_check_at(self) -> datetime | None:
        """The due time of the next open step that is not overdue yet."""
        return min((step.due_at for step in self._pending), default=None)

    def settle(self, now: datetime) -> None:
        """Open steps are overdue once their due time has passed."""
        for step in self._pending:
            if step.due_at < now:
                self._replace(replace(step, missed_at=step.due_at))
                self._emit(facts.ChangeStepMissed, step=step.code, owner=step.owner, missed_at=step.due_at)

    def propose(self, act: Act) -> None:
        """A way of working is to be changed."""
        self._log_move("propose", "", act, dimension=self.dimension, group=self.group)
        self._emit(facts.ChangeProposed, complaints=len(self.complaints))

    def link(self, act: Act, complaint_id: UUID) -> None:
        """A complaint shows the same problem. Raises Conflict `complaint-linked`, `too-many-complaints`."""
        self._ensure_allowed("link-complaint")
        if complaint_id in self.complaints:
            raise Conflict("complaint-linked")
        if not has_room_for_complaints(self):
            raise Conflict("too-many-complaints", most=MOST_COMPLAINTS)
        self._transition("link-complaint", act, complaint_id=str(complaint_id))
        self.complaints = [*self.complaints, complaint_id]
        self._emit(
            facts.ChangeComplaintLinked,
            complaint_id=complaint_id,
            complaints=len(self.complaints),
            linked_at=act.at,
        )

    def plan(self, act: Act, steps: Collection[ChangeStep]) -> None:
        """Add steps. Raises Invalid `step-twice`, `due-in-the-past`, Conflict `too-many-steps`."""
        self._ensure_allowed("plan-step")
        codes = [step.code for step in (*self.steps, *steps)]
        if len(set(codes)) != len(codes):
            raise Invalid.at("steps", "step-twice")
        if len(codes) > MOST_STEPS:
            raise Conflict("too-many-steps", most=MOST_STEPS)
        if any(step.due_at <= act.at for step in steps):
            raise Invalid.at("steps", "due-in-the-past")
        self._transition("plan-step", act, steps=[step.code for step in steps])
        self.steps = [*self.steps, *steps]
        for step in steps:
            planned = {"step": step.code, "owner": step.owner, "due_at": step.due_at}
            self._emit(facts.ChangeStepPlanned, **planned, planned_at=act.at)

    def unfreeze(self, act: Act) -> None:
        """The old way of working is no longer binding (解冻); again, after a change without effect."""
        self._transition("unfreeze", act, round=self.round + 1)
        self.round += 1
        self.unfrozen_at = self.unfrozen_at or act.at
        self.refrozen_at = None
        self._emit(facts.ChangeUnfrozen, unfrozen_at=act.at)

    def start(self, act: Act) -> None:
        """The new way of working is introduced (改变). Raises StepsMissing."""
        self._ensure_allowed("start")
        if not has_open_step(self):
            raise StepsMissing
        self._transition("start", act)
        self.started_at = self.started_at or act.at
        self._emit(facts.ChangeStarted, steps=len(self.steps), started_at=act.at)

    def complete_step(self, act: Act, step: str) -> None:
        """A step was done. Done in time and entered late is in time. Raises Invalid `unknown-step`, Conflict `step-done`."""
        self._ensure_allowed("complete-step")
        found = next((each for each in self.steps if each.code == step), None)
        if found is None:
            raise Invalid.at("step", "unknown-step")
        if found.done_at is not None:
            raise Conflict("step-done")
        self._transition("complete-step", act, step=step)
        late = act.at > found.due_at
        self._replace(replace(found, done_at=act.at, done_by=act.by, missed_at=found.due_at if late else None))
        self._emit(facts.ChangeStepCompleted, step=step, owner=found.owner, in_time=not late, completed_at=act.at)

    def refreeze(self, act: Act, standard: str) -> None:
        """The new way of working is binding (再冻结), by the procedure of this code. Raises StepsOpen, naming the steps."""
        self._ensure_allowed("refreeze")
        if self.open_steps:
            raise StepsOpen(missing=list(self.open_steps))
        self._transition("refreeze", act, standard=standard)
        self.standard, self.refrozen_at = standard, act.at
        self._emit(facts.ChangeRefrozen, steps=len(self.steps))

    def periods(self, days: int, now: datetime) -> Periods:
        """The periods that are compared: the days before it was first unfrozen, and those since it was refrozen. Raises
        NotAllowed when it is not refrozen, TooEarly."""
        if self.refrozen_at is None or self.unfrozen_at is None:
            self._ensure_allowed("record-effect")
            raise EffectMissing
        return Periods.around(self.unfrozen_at, self.refrozen_at, days, now)

    def record_effect(self, act: Act, effect: Effect) -> None:
        """The measured effect, whatever it is. Raises Conflict `too-many-effects`."""
        self._ensure_allowed("record-effect")
        if len(self.effects) >= MOST_STEPS:
            raise Conflict("too-many-effects", most=MOST_STEPS)
        self._transition("record-effect", act, verdict=effect.verdict.value, days=effect.periods.days)
        self.effects = [*self.effects, effect]
        self._emit(facts.ChangeEffectMeasured, **effect.published)

    def close(self, act: Act) -> None:
        """It is over, and its effect is known. Raises EffectMissing."""
        self._ensure_allowed("close")
        if self.measured is None:
            raise EffectMissing
        self._transition("close", act)
        self.ended_at = act.at
        self._emit(facts.ChangeClosed, rounds=self.round, closed_at=act.at)

    def abandon(self, act: Act, reason: str) -> None:
        """It is given up; none of its steps is due any more."""
        self._transition("abandon", act)
        self.ended_at = act.at
        self._emit(facts.ChangeAbandoned, reason=reason, abandoned_at=act.at)

    def _replace(self, step: ChangeStep) -> None:
        self.steps = [step if each.code == step.code else each for each in self.steps]

    @property
    def _pending(self) -> list[ChangeStep]:
        """Open steps that are not overdue yet."""
        if self.ended_at is not None:
            return []
        return [step for step in self.steps if step.done_at is None and step.missed_at is None]
