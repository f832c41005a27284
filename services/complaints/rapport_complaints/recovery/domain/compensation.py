"""Money awarded to customers (补偿), and the ledger of what became of it. The sum of the ledger is the truth."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from rapport_contracts.complaints.vocabulary import RemedyKind
from rapport_kernel.errors import Conflict, Invalid
from rapport_kernel.history import Act
from rapport_kernel.ids import new_id
from rapport_kernel.money import Money
from rapport_kernel.states import Move, StateTable

AWARD_LIFE = StateTable(
    "compensation",
    "reserved",
    [
        Move("approve", "reserved", "approved", by="system"),
        Move("pay", "approved", "paid", by="system"),
        Move("release", "reserved", "released", by="system"),
        Move("release", "approved", "released", by="system"),
        Move("reverse-part", "paid", "paid"),
        Move("reverse", "paid", "reversed"),
    ],
    ended=("paid", "released", "reversed"),
)
WITHOUT_MONEY = frozenset({RemedyKind.APOLOGY, RemedyKind.INFORMATION})
"""Remedies that cost nothing (S66); an amount with them is a mistake."""
MONEY = frozenset({RemedyKind.REFUND, RemedyKind.GOODWILL})
"""Remedies that need an amount."""
EntryKind = Literal["award", "payment", "reversal"]


class ReversalExceeds(Conflict):
    """More than is left of the payment would be taken back."""

    code = "reversal-exceeds"


@dataclass(frozen=True, slots=True)
class Remedy:
    """One thing that is done for the customer, and the money that it costs us, if any."""

    kind: str
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the ledger; never changed. A reversal names the entry that it takes back. `amount` is above zero."""

    kind: EntryKind
    award_id: UUID
    amount: Money
    act: Act
    reverses: UUID | None = None
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Award:
    """One amount of one plan. `entry` is the award in the ledger, `payment` the payment. `awarded_at` is when it was entered
    (UTC): it is paid from the budget of that period."""

    life: ClassVar[StateTable] = AWARD_LIFE

    id: UUID
    plan: int
    kind: str
    amount: Money
    awarded_at: datetime
    entry: UUID
    payment: UUID | None = None
    state: str = AWARD_LIFE.initial

    def moved(self, move: str) -> Award:
        """After a move of its life."""
        return replace(self, state=AWARD_LIFE.target(self.state, move))

    @property
    def stands(self) -> bool:
        """Promised, or paid and not all taken back."""
        return self.state in {"reserved", "approved", "paid"}


def check_remedies(remedies: list[Remedy]) -> Money | None:
    """Their total cost; None: nothing. Raises Invalid `remedies-missing`, `remedy-twice`, `amount-missing`,
    `remedy-without-money`, `nothing-awarded`, `currency-mismatch`."""
    if not remedies:
        raise Invalid.at("remedies", "remedies-missing")
    kinds = [each.kind for each in remedies]
    if len(kinds) != len(set(kinds)):
        raise Invalid.at("remedies", "remedy-twice")
    total: Money | None = None
    for each in remedies:
        if each.amount is None:
            if each.kind in MONEY:
                raise Invalid.at("remedies", "amount-missing")
            continue
        if each.kind in WITHOUT_MONEY:
            raise Invalid.at("remedies", "remedy-without-money")
        if each.amount.amount <= Decimal(0):
            raise Invalid.at("remedies", "nothing-awarded")
        total = each.amount if total is None else total + each.amount
    return total
