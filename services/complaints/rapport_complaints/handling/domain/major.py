"""Major complaints (重大投诉, S60): the policy, as data in versions, that says which complaints are major and what is done
then; and the case that each of them has, with its checklist.

The standard describes the procedure and gives no numbers: all numbers that are shipped are our own.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from pydantic import Field, model_validator
from rapport_contracts.codes import NewCode
from rapport_contracts.complaints import major as facts
from rapport_contracts.complaints.vocabulary import ClosureOutcome
from rapport_contracts.fields import WrongValue
from rapport_kernel.business_time import BusinessCalendar
from rapport_kernel.errors import Conflict, Invalid
from rapport_kernel.history import Act, AggregateWithHistory, Noted
from rapport_kernel.states import Move, StateTable
from rapport_kernel.versions import Version
from rapport_kernel.vocabularies import Vocabulary

from rapport_complaints.cases.domain.data import StepCode
from rapport_complaints.cases.domain.independence import demand_judge
from rapport_complaints.cases.domain.record import ComplaintRecord
from rapport_complaints.cases.domain.refusals import ChecklistIncomplete
from rapport_complaints.clocks.domain.policies import Data, Matching, Target

MAJOR_POLICY = "standard"
"""Code of the one policy that counts."""

OUTCOMES = Vocabulary("major-case-outcome", ["lowered", *ClosureOutcome])
MAJOR_LIFE = StateTable(
    "major-case",
    "declared",
    [
        Move("complete-step", "declared", "declared"),
        Move("lower", "declared", "lowered"),  # guarded: not by the person who declared it
        Move("close", "declared", "closed", by="system"),  # with its complaint; guarded: the checklist is complete
    ],
)


class MajorRule(Matching):
    """All of its conditions must be true of a complaint. `alike` counts the complaints of one cause found within `days`,
    including this one, and those marked a duplicate or a recurrence of it and received within `days`."""

    code: StepCode
    vulnerable: bool | None = Field(default=None, description="True: the customer needs more care than others.")
    alike: int | None = Field(default=None, ge=2, le=100_000, description="At least this many.")
    days: int | None = Field(default=None, ge=1, le=3650, description="The period for `alike`.")

    @model_validator(mode="after")
    def _has_conditions(self) -> Self:
        if (self.alike is None) != (self.days is None):
            raise WrongValue("alike-and-days")
        if self.major is not None:
            raise WrongValue("major-of-major")
        if not (self.severities or self.categories or self.vulnerable or self.alike):
            raise WrongValue("rule-without-conditions")
        return self

    def fits(self, complaint: ComplaintRecord) -> bool:
        """Whether its conditions are true of a complaint, apart from how many are alike."""
        vulnerable = self.vulnerable is None or self.vulnerable == complaint.is_vulnerable
        return vulnerable and self.matches(complaint.traits)


class MajorStep(Data):
    """One step of the checklist: what to do, in which role, and how soon after the declaration."""

    code: StepCode
    text: str = Field(min_length=1, max_length=1000)
    role: NewCode
    within: Target | None = Field(default=None, description="Null: no limit.")


class MajorPolicy(Data):
    """The first rule that matches declares a complaint major. A case keeps the version under which it was declared. The
    stricter clocks come from SLA policies with rules whose `major` is true."""

    name: str = Field(min_length=1, max_length=200)
    calendar: NewCode = Field(description="The calendar in which the limits of the steps are counted.")
    tell: list[NewCode] = Field(max_length=50, description="Roles to be told of a declaration.")
    rules: list[MajorRule] = Field(max_length=100)
    steps: list[MajorStep] = Field(min_length=1, max_length=100)

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        for codes in ([rule.code for rule in self.rules], [step.code for step in self.steps], self.tell):
            if len(set(codes)) != len(codes):
                raise WrongValue("codes-of-policy")
        return self


@dataclass(frozen=True, slots=True)
class CaseStep:
    """A step, copied from the version of the policy; `due_at` is None where it sets no limit. Times in UTC."""

    code: str
    text: str
    role: str
    due_at: datetime | None = None
    missed_at: datetime | None = None
    done_at: datetime | None = None
    done_by: str | None = None


@dataclass(kw_only=True)
class MajorCase(AggregateWithHistory, life=MAJOR_LIFE):
    """The case of one complaint. `rule` declared it, None: a person did; `declared_by` is `kind:opaque-id`; `told` are
    roles. Its notes are in the history of the complaint, under the key of the customer."""

    noted: ClassVar = {
        "declare": Noted(policy=str, policy_version=int, rule=str | None),
        "complete-step": Noted(step=str),
        "lower": Noted(outcome=OUTCOMES),
        "close": Noted(outcome=OUTCOMES),
    }

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
        made = cls(
            id=case_id,
            complaint_id=complaint_id,
            declared_by=act.by,
            declared_at=act.at,
            last_at=act.at,
            rule=rule,
            cause=cause,
            reason=act.reason,
            policy=policy.code,
            policy_version=policy.version,
            told=list(policy.body.tell),
            steps=[CaseStep(each.code, each.text, each.role, _due(each, act.at, calendar)) for each in policy.body.steps],
        )
        made._log_move("declare", "", _without_note(act), policy=policy.code, policy_version=policy.version, rule=rule)
        return made

    @property
    def next_due_at(self) -> datetime | None:
        """The earliest due time of its open steps, late ones included; None once it has ended."""
        if self.ended_at is not None:
            return None
        return min((step.due_at for step in self.steps if step.done_at is None and step.due_at is not None), default=None)

    @property
    def next_check_at(self) -> datetime | None:
        """When the next step will be late."""
        if self.ended_at is not None:
            return None
        waiting = (step for step in self.steps if step.done_at is None and step.missed_at is None)
        return min((step.due_at for step in waiting if step.due_at is not None), default=None)

    @property
    def late_steps(self) -> int:
        """How many were done late, or are late now."""
        return sum(step.missed_at is not None for step in self.steps)

    @property
    def open_steps(self) -> list[str]:
        """Codes of the steps that are not done yet."""
        return [step.code for step in self.steps if step.done_at is None]

    def complete_step(self, act: Act, step: str) -> None:
        """A step was done; it is on time if it was done on time, whenever that is entered. Raises Invalid `unknown-step`,
        Conflict `step-done`."""
        self._ensure_allowed("complete-step")
        found = next((each for each in self.steps if each.code == step), None)
        if found is None:
            raise Invalid.at("step", "unknown-step")
        if found.done_at is not None:
            raise Conflict("step-done")
        self._transition("complete-step", _without_note(act), step=step)
        late = found.due_at is not None and act.at > found.due_at
        done = replace(found, done_at=act.at, done_by=act.by, missed_at=found.due_at if late else None)
        self.steps = [done if each.code == step else each for each in self.steps]
        in_time = None if found.due_at is None else not late
        self._emit(facts.MajorStepCompleted, step=step, role=found.role, in_time=in_time, completed_at=act.at)

    def settle(self, now: datetime) -> None:
        """Record which steps are late by `now`, each once and at its own due time."""
        if self.ended_at is not None:
            return
        for place, step in enumerate(self.steps):
            if step.done_at is None and step.missed_at is None and step.due_at is not None and step.due_at < now:
                self.steps[place] = replace(step, missed_at=step.due_at)
                self._emit(facts.MajorStepMissed, step=step.code, role=step.role, missed_at=step.due_at)

    def lower(self, act: Act, subjects: Collection[str]) -> None:
        """It is an ordinary complaint after all. Raises ApproverInvolved for the person who declared it, and for those whom
        the complaint is about."""
        self._ensure_allowed("lower")
        demand_judge(act.who, subjects=subjects, took_part=[self.declared_by.partition(":")[2]])
        self._end("lower", act, "lowered")

    def close(self, act: Act, outcome: str, *, complete: bool) -> None:
        """The complaint has ended. Raises ChecklistIncomplete, which names the steps, if it has to be `complete`."""
        self._ensure_allowed("close")
        if complete and self.open_steps:
            raise ChecklistIncomplete(missing=list(self.open_steps))
        self._end("close", act, outcome)

    def _end(self, move: str, act: Act, outcome: str) -> None:
        self._transition(move, _without_note(act), outcome=outcome)
        self.ended_at, self.outcome = act.at, outcome
        self._emit(facts.MajorCaseEnded, steps=len(self.steps), open_steps=len(self.open_steps))


def _due(step: MajorStep, at: datetime, calendar: BusinessCalendar) -> datetime | None:
    if step.within is None:
        return None
    counted_in, duration = step.within.on(calendar)
    return counted_in.add(at, duration)


def _without_note(act: Act) -> Act:
    return replace(act, note=None, salt=None, digest=None)
