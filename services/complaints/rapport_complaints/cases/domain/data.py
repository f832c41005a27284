"""What complaints go by, as data in versions: who handles them, who may award how much in one act (S59), guides to dealing
with complainants of a kind (S58), and the ladder by which a complaint comes before somebody with more authority (S59, S63).

No document gives amounts or times: those that are shipped are our own. A proposal and a compensation are judged by the same
limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator
from rapport_contracts.codes import NewCode, NewStaffId
from rapport_contracts.complaints.vocabulary import ClockKind, EscalationTarget, EscalationTrigger
from rapport_contracts.fields import WrongValue
from rapport_contracts.money import Amount, Currency
from rapport_kernel.errors import Conflict
from rapport_kernel.money import Money

from rapport_complaints.clocks.domain.policies import Data, Matching
from rapport_complaints.taxonomies.domain import Label

AUTHORITY = "standard"
"""Code of the one policy that counts."""


class AuthorityExceeded(Conflict):
    """This is more than the access level of whoever does it may award in one act; somebody with more has to."""

    code = "authority-exceeded"


class AuthorityLimit(Data):
    """The most that somebody of this access level, or of a higher one, may propose alone or approve in one act."""

    level: int = Field(ge=1, le=4, description="The access level of the token.")
    currency: Currency
    amount: Amount


class AuthorityPolicy(Data):
    """Limits by access level and currency. Currencies and levels without a limit carry no authority."""

    name: str = Field(min_length=1, max_length=200)
    limits: list[AuthorityLimit] = Field(max_length=400)

    @model_validator(mode="after")
    def _once(self) -> Self:
        named = [(limit.level, limit.currency) for limit in self.limits]
        if len(named) != len(set(named)):
            raise WrongValue("limit-twice")
        return self


def limit_of(policy: AuthorityPolicy, level: int, currency: str) -> Money:
    """The most that somebody of this access level (1-4) may award in one act; what lower levels may, higher ones may too."""
    amounts = [limit.amount for limit in policy.limits if limit.level <= level and limit.currency == currency]
    return Money(currency, max(amounts, default=Decimal(0)))


def may_award(policy: AuthorityPolicy, level: int, amount: Money) -> bool:
    """Whether this access level may award this amount alone."""
    return amount <= limit_of(policy, level, amount.currency)


def level_needed(policy: AuthorityPolicy, amount: Money) -> int | None:
    """The lowest access level that may award this amount; None: nobody may."""
    return next((level for level in (1, 2, 3, 4) if may_award(policy, level, amount)), None)


def demand_authority(policy: AuthorityPolicy, level: int, amount: Money) -> None:
    """The same as a demand. Raises AuthorityExceeded, which says who may."""
    if not may_award(policy, level, amount):
        raise AuthorityExceeded(level=level_needed(policy, amount))


class StaffMember(Data):
    """Somebody who handles complaints, by an opaque id. Their name is no part of it: it would stay in every version."""

    team: NewCode
    skills: list[NewCode] = Field(default_factory=list, max_length=100)
    capacity: int = Field(ge=0, le=1000, description="Open complaints at most.")
    calendar: NewCode = Field(description="When they work.")
    active: bool = Field(default=True, description="False: gets nothing any more; what they have stays until assigned anew.")


Advice = Annotated[str, Field(min_length=1, max_length=2_000)]


class Bilingual(Data):
    """What those who handle complaints read, in Chinese and English."""

    zh: Advice
    en: Advice


class Guide(Data):
    """What is meant by the tag, and what helps. One that is not in use any more can no longer be set."""

    zh: Label
    en: Label
    guide: Bilingual
    in_use: bool = True


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag of a complainant, as it is sealed: by whom (`kind:opaque-id`), when (UTC) and why (a code) it was set."""

    tag: str
    by: str
    at: datetime
    reason: str


LADDER = "standard"
"""Code of the one ladder that counts."""
HIGHEST = 9
Level = Annotated[int, Field(ge=1, le=HIGHEST, description="Higher is further up.")]
StepCode = Annotated[NewCode, Field(examples=["resolution-breached"])]


class Addressee(Data):
    """Whom it is brought before: a role, a queue, or a member of staff by opaque id."""

    kind: EscalationTarget
    code: NewStaffId = Field(examples=["complaints-manager"])


class Step(Matching):
    """One step; its conditions beyond the traits of the complaint depend on its trigger."""

    code: StepCode
    trigger: EscalationTrigger
    level: Level
    to: Addressee
    clocks: list[ClockKind] = Field(
        default_factory=list, max_length=3, description="For `clock_warned`, `clock_breached`: kinds of clocks; empty: any."
    )
    policies: list[NewCode] = Field(
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
            raise WrongValue("trigger-by-hand")
        if (self.clocks or self.policies) and trigger not in clock:
            raise WrongValue("trigger-clocks")
        if (self.after_hours is not None) != (trigger == EscalationTrigger.AGE):
            raise WrongValue("trigger-age")
        if (self.refusals is not None) != (trigger == EscalationTrigger.REFUSALS):
            raise WrongValue("trigger-refusals")
        if trigger == EscalationTrigger.SEVERITY and not self.severities:
            raise WrongValue("trigger-severity")
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
            raise WrongValue("instead-of-themselves")
        if len({step.code for step in self.steps}) != len(self.steps):
            raise WrongValue("codes-of-steps")
        return self
