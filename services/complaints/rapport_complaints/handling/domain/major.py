"""The case that a major complaint has (重大投诉, S60): its checklist with due times, and how it ends."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from rapport_contracts.complaints import major as facts
from rapport_kernel.aggregate import Aggregate
from rapport_kernel.business_time import BusinessCalendar
from rapport_kernel.errors import Conflict, Invalid
from rapport_kernel.versions import Version

from rapport_complaints.cases.domain.history import Act
from rapport_complaints.cases.domain.independence import demand_judge
from rapport_complaints.cases.domain.refusals import ChecklistIncomplete
from rapport_complaints.handling.domain.major_data import MajorPolicy
from rapport_complaints.handling.domain.major_life import MAJOR_LIFE


@dataclass(frozen=True, slots=True)
class CaseStep:
    """A step, copied from the policy's version; `due_at` is None where it gives no limit. Times in UTC."""

    code: str
    text: str
    role: str
    due_at: datetime | None = None
    missed_at: datetime | None = None
    done_at: datetime | None = None
    done_by: str | None = None


@dataclass(kw_only=True)
class MajorCase(Aggregate, life=MAJOR_LIFE):
    """One case of one complaint. `rule` declared it, None: somebody by hand; `declared_by` is `kind:opaque-id`. Every method
    raises NotAllowed when the case is over."""

    complaint_id: UUID
    declared_by: str
    declared_at: datetime
    rule: str | None = None
    cause: str | None = None
    reason: str | None = None
    policy: str = ""
    policy_version: int = 0
    told: list[str] = field(default_factory=list)
    steps: list[CaseStep] = field(default_factory=list)
    ended_at: datetime | None = None
    outcome: str | None = None

    @classmethod
    def declare(
        cls,
        case_id: UUID,
        complaint_id: UUID,
        act: Act,
        policy: Version[MajorPolicy],
        calendar: BusinessCalendar,
        *,
        rule: str | None = None,
        cause: str | None = None,
    ) -> MajorCase:
        """A new case; the limits of its steps count from now."""
        steps = []
        for each in policy.body.steps:
            due = None
            if each.within is not None:
                counted_in, duration = each.within.on(calendar)
                due = counted_in.add(act.at, duration)
            steps.append(CaseStep(each.code, each.text, each.role, due))
        return cls(
            id=case_id,
            complaint_id=complaint_id,
            declared_by=act.by,
            declared_at=act.at,
            rule=rule,
            cause=cause,
            reason=act.reason,
            policy=policy.code,
            policy_version=policy.version,
            told=list(policy.body.tell),
            steps=steps,
        )

    @property
    def next_look(self) -> datetime | None:
        """When a step will have to be said to be late, if nothing else happens."""
        if self.ended_at is not None:
            return None
        return min((step.due_at for step in self._waiting if step.due_at is not None), default=None)

    @property
    def late_steps(self) -> int:
        """How many were or are done after their time."""
        return sum(step.missed_at is not None for step in self.steps)

    @property
    def open_steps(self) -> list[str]:
        """Codes of the steps that are still to be done."""
        return [step.code for step in self.steps if step.done_at is None]

    def complete_step(self, act: Act, code: str) -> None:
        """A step was done. What was done in time and entered late is in time. Raises Invalid `unknown-step`, Conflict
        `step-done`."""
        self._may("complete-step")
        step = next((each for each in self.steps if each.code == code), None)
        if step is None:
            raise Invalid("unknown-step", "The checklist has no such step.")
        if step.done_at is not None:
            raise Conflict("step-done", "This step was completed already.")
        self.settle(act.at)
        late = step.due_at is not None and act.at > step.due_at
        done = replace(step, done_at=act.at, done_by=act.by, missed_at=step.due_at if late else None)
        self.steps = [done if each.code == code else each for each in self.steps]
        in_time = None if step.due_at is None else not late
        self.record(facts.MajorStepCompleted(**self._who, step=code, role=step.role, in_time=in_time, completed_at=act.at))

    def settle(self, now: datetime) -> None:
        """Say which steps are late by `now`, each once and at its own due time, however late somebody looks."""
        for place, step in enumerate(self.steps):
            if self.ended_at is None and step in self._waiting and step.due_at is not None and step.due_at < now:
                self.steps[place] = replace(step, missed_at=step.due_at)
                self.record(facts.MajorStepMissed(**self._who, step=step.code, role=step.role, missed_at=step.due_at))

    def lower(self, act: Act, subjects: Collection[str]) -> None:
        """It is an ordinary complaint after all. Raises ApproverInvolved for who declared it and whom it is about."""
        self._may("lower")
        demand_judge(act.who, subjects=subjects, took_part=[self.declared_by.partition(":")[2]])
        self._end("lower", act, "lowered")

    def close(self, act: Act, outcome: str, *, complete: bool) -> None:
        """The complaint is over. Raises ChecklistIncomplete, which names the steps, when it has to be `complete`."""
        self._may("close")
        if complete and self.open_steps:
            raise ChecklistIncomplete(None, f"To be done: {', '.join(self.open_steps)}.")
        self._end("close", act, outcome)

    def _end(self, move: str, act: Act, outcome: str) -> None:
        self.settle(act.at)
        self.move(move)
        self.ended_at, self.outcome = act.at, outcome
        self.record(
            facts.MajorCaseEnded(
                **self._who,
                outcome=outcome,
                steps=len(self.steps),
                late_steps=self.late_steps,
                open_steps=len(self.open_steps),
                ended_at=act.at,
            )
        )

    def _may(self, move: str) -> None:
        MAJOR_LIFE.target(self.state, move)

    @property
    def _waiting(self) -> list[CaseStep]:
        return [step for step in self.steps if step.done_at is None and step.missed_at is None]

    @property
    def _who(self) -> dict[str, Any]:
        return {"case_id": self.id, "complaint_id": self.complaint_id}
