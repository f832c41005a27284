"""The ladder: by which steps a complaint comes before somebody with more say, as data with versions (S59, S63).

No document names steps: those that are shipped are ours.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator
from rapport_contracts.complaints.vocabulary import ClockKind, EscalationTarget, EscalationTrigger
from rapport_contracts.fields import Code

from rapport_complaints.clocks.domain.policies import Data, Matching

LADDER = "standard"
"""Code of the one ladder that counts."""
HIGHEST = 9
Level = Annotated[int, Field(ge=1, le=HIGHEST, description="Higher is further up.")]
StepCode = Annotated[str, Field(pattern="^[a-z][a-z0-9-]{0,62}$", examples=["resolution-breached"])]


class Addressee(Data):
    """Before whom it comes: whoever has a role, whoever works on a queue, or one of the staff by his opaque id."""

    kind: EscalationTarget
    code: Code = Field(examples=["complaints-manager"])


class Step(Matching):
    """One step; what it asks beyond the traits of the complaint depends on its trigger."""

    code: StepCode
    trigger: EscalationTrigger
    level: Level
    to: Addressee
    clocks: list[ClockKind] = Field(
        default_factory=list, max_length=3, description="Of which kinds, for `clock_warned`, `clock_breached`; empty: any."
    )
    policies: list[Code] = Field(
        default_factory=list, max_length=50, description="Under which SLA policies, for the same; empty: any."
    )
    after_hours: int | None = Field(
        default=None, ge=1, le=100_000, description="For `age`: hours since the episode began, without those it waited."
    )
    refusals: int | None = Field(
        default=None, ge=1, le=100, description="For `refusals`: how often the customer refused in this episode."
    )

    @model_validator(mode="after")
    def _what_the_trigger_needs(self) -> Self:
        trigger, clock = self.trigger, {EscalationTrigger.CLOCK_WARNED, EscalationTrigger.CLOCK_BREACHED}
        if trigger == EscalationTrigger.BY_HAND:
            raise ValueError("what is done by hand is no step")
        if (self.clocks or self.policies) and trigger not in clock:
            raise ValueError("only a clock trigger names clocks and policies")
        if (self.after_hours is not None) != (trigger == EscalationTrigger.AGE):
            raise ValueError("the trigger age, and no other, has after_hours")
        if (self.refusals is not None) != (trigger == EscalationTrigger.REFUSALS):
            raise ValueError("the trigger refusals, and no other, has refusals")
        if trigger == EscalationTrigger.SEVERITY and not self.severities:
            raise ValueError("the trigger severity names severities")
        return self


class Ladder(Data):
    """All steps; each is taken once for every episode of a complaint, several when several are due. The version in force
    when a complaint is looked at counts."""

    name: str = Field(min_length=1, max_length=200)
    instead: Addressee = Field(
        description="A role or queue: before whom it comes when the member of the staff whom a step names has a part in it."
    )
    steps: list[Step] = Field(max_length=50)

    @model_validator(mode="after")
    def _names_are_clear(self) -> Self:
        if self.instead.kind == EscalationTarget.STAFF:
            raise ValueError("instead names no member of the staff")
        if len({step.code for step in self.steps}) != len(self.steps):
            raise ValueError("every step has a code of its own")
        return self
