"""Money is exact or refused."""

from decimal import Decimal

import pytest
from rapport_kernel.errors import Invalid
from rapport_kernel.money import Money


def test_amounts_of_one_currency_are_added_exactly() -> None:
    assert Money("CNY", Decimal("0.10")) + Money("CNY", Decimal("0.20")) == Money("CNY", Decimal("0.30"))
    assert -Money("CNY", Decimal("1.00")) == Money("CNY", Decimal("-1.00"))


def test_amounts_of_two_currencies_are_not_added() -> None:
    with pytest.raises(Invalid, match="currency-mismatch"):
        Money("CNY", Decimal(1)) + Money("USD", Decimal(1))


@pytest.mark.parametrize(
    ("currency", "amount"), [("CNY", "0.001"), ("CNY", "NaN"), ("CNY", "Infinity"), ("cny", "1"), ("元", "1")]
)
def test_what_is_not_an_amount_is_refused(currency: str, amount: str) -> None:
    with pytest.raises(Invalid):
        Money(currency, Decimal(amount))
