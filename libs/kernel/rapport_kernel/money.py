"""Exact amounts. No float ever holds money."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from rapport_kernel.errors import Invalid


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in a currency (ISO 4217), exact to the minor unit of two digits."""

    currency: str
    amount: Decimal

    def __post_init__(self) -> None:
        """Raises Invalid for a non-finite amount, more than two decimals or a currency that is not three capitals."""
        if not self.amount.is_finite() or self.amount != self.amount.quantize(Decimal("0.01"), ROUND_HALF_EVEN):
            raise Invalid("money")
        if len(self.currency) != 3 or not self.currency.isascii() or not self.currency.isupper():  # noqa: PLR2004
            raise Invalid("currency")

    def __add__(self, other: Money) -> Money:
        """The sum. Raises Invalid when the currencies differ."""
        if self.currency != other.currency:
            raise Invalid("currency-mismatch")
        return Money(self.currency, self.amount + other.amount)

    def __neg__(self) -> Money:
        """The same amount the other way."""
        return Money(self.currency, -self.amount)
