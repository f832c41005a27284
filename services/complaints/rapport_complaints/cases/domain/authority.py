"""Who may award how much in one act, as versioned data (S59: front-line authority limits); no document gives amounts.

One question for all money that somebody promises: what a proposal costs, what a compensation is.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Self

from pydantic import Field, model_validator
from rapport_contracts.money import Amount, Currency
from rapport_kernel.errors import Conflict
from rapport_kernel.money import Money

from rapport_complaints.clocks.domain.policies import Data

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
            raise ValueError("one limit for each level and currency")
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
        needed = level_needed(policy, amount)
        who = "Nobody may" if needed is None else f"Access level {needed} may"
        raise AuthorityExceeded(None, f"This is more than your access level may award in one act. {who}.")
