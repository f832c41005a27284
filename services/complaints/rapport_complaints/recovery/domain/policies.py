"""The policy of recovery and its budgets: how long an offer stands, how much may be awarded in a period (S65, ours)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum

from pydantic import Field, field_validator
from rapport_contracts.codes import NewCode
from rapport_contracts.fields import WrongValue
from rapport_contracts.money import Amount, Currency
from rapport_kernel.business_time import zone_of
from rapport_kernel.errors import Conflict, Invalid
from rapport_kernel.money import Money
from rapport_kernel.wall_time import midnight

from rapport_complaints.clocks.domain.policies import Data


class BudgetExhausted(Conflict):
    """A budget that this would be paid from has less left."""

    code = "budget-exhausted"


class RecoveryPolicy(Data):
    """How long customers have to accept what is awarded, and how many cases or customers a figure needs."""

    name: str = Field(min_length=1, max_length=200)
    claim_days: int = Field(default=90, ge=1, le=3660, description="Days from the approval until the offer lapses.")
    minimum: int = Field(default=10, ge=1, le=1_000_000)


class BudgetPeriod(StrEnum):
    """How long a budget lasts before it starts afresh."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Budget(Data):
    """The most that may be awarded for a unit and a category (null: for all) in each period of a time zone."""

    name: str = Field(min_length=1, max_length=200)
    unit: NewCode | None = None
    category: NewCode | None = None
    currency: Currency
    amount: Amount
    period: BudgetPeriod
    zone: str = Field(default="Asia/Shanghai", max_length=100, description="An IANA name; its months begin there.")
    in_use: bool = Field(default=True, description="False: it no longer limits anything.")

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        try:
            zone_of(zone)
        except Invalid:
            raise WrongValue("unknown-time-zone") from None
        return zone

    @property
    def limit(self) -> Money:
        """The most that may be awarded in one period."""
        return Money(self.currency, self.amount)

    def covers(self, unit: str | None, category: str, currency: str) -> bool:
        """Whether an award of such a case is paid from it."""
        return self.in_use and self.currency == currency and self.unit in {None, unit} and self.category in {None, category}

    def span(self, at: datetime) -> tuple[datetime, datetime]:
        """The period in which `at` lies: from, and before (UTC)."""
        zone = zone_of(self.zone)
        local = at.astimezone(zone)
        months = {BudgetPeriod.MONTH: 1, BudgetPeriod.QUARTER: 3, BudgetPeriod.YEAR: 12}[self.period]
        first = (local.month - 1) // months * months
        end = local.year * 12 + first + months
        start, stop = date(local.year, first + 1, 1), date(end // 12, end % 12 + 1, 1)
        return midnight(start, zone).astimezone(UTC), midnight(stop, zone).astimezone(UTC)

    def demand_room(self, used: Money, more: Money) -> None:
        """Raises BudgetExhausted when `more` does not fit in with what is used."""
        if used + more > self.limit:
            raise BudgetExhausted
