"""The ladder: the steps by which a complaint is brought before somebody with more authority, as data in versions (S59, S63).

No standard names the steps: those that are shipped are our own.
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
    """Whom it is brought before: a role, a queue, or a member of staff by opaque id."""

    kind: EscalationTarget
    code: Code = Field(examples=["complaints-manager"])


class Step(Matching):
    """One step; its conditions beyond the traits of the complaint depend on its trigger."""

    code: StepCode
    trigger: EscalationTrigger
    level: Level
    to: Addressee
    clocks: list[ClockKind] = Field(
        default_factory=list, max_length=3, description="For `clock_warned`, `clock_breached`: kinds of clocks; empty: any."
    )
    policies: list[Code] = Field(
        default_factory=list, max_length=50, description="For the same: SLA policies of the clocks; empty: any."
    )
    after_hours: int | None = Field(
        default=None, ge=1, le=100_000, description="For `age`: hours since the episode began, without those it waited."
    )
    refusals: int | None = Field(
        default=None, ge=1, le=100, description="For `refusals`: how often the customer refused in this episode."
    )

    @model_validator(mode="after")
    def _fits_its_trigger(self) -> Self:
        trigger, clock = self.trigger, {EscalationTrigger.CLOCK_WARNED, EscalationTrigger.CLOCK_BREACHED}
        if trigger == EscalationTrigger.BY_HAND:
            raise ValueError("by_hand is not the trigger of a step")
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
    """All steps; each is taken once in every episode of a complaint, and all that are due at once. The version in force when
    a complaint is checked counts."""

    name: str = Field(min_length=1, max_length=200)
    instead: Addressee = Field(
        description="A role or queue: whom it is brought before if the member of staff whom a step names has a conflict of "
        "interest."
    )
    steps: list[Step] = Field(max_length=50)

    @model_validator(mode="after")
    def _unambiguous(self) -> Self:
        if self.instead.kind == EscalationTarget.STAFF:
            raise ValueError("instead is not a member of staff")
        if len({step.code for step in self.steps}) != len(self.steps):
            raise ValueError("every step has a code of its own")
        return self
