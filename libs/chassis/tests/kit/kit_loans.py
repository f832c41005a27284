"""A small subject for the tests of the kit: a device is lent to a customer, taken back, and reported when it is overdue."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel
from rapport_contracts.event import Event, Payload, _registry
from rapport_contracts.fields import UtcTime
from rapport_kernel.history import Act, AggregateWithHistory, Noted
from rapport_kernel.ids import new_id
from rapport_kernel.states import Move, StateTable

LOAN_LIFE = StateTable(
    "loan",
    "lent",
    [
        Move("prolong", "lent", "lent"),
        Move("take-back", "lent", "returned"),
        Move("write-off", "lent", "lost", by="system"),
        Move("take-back", "lost", "returned"),
    ],
)


class LoanFact(Payload):
    """What every fact about a loan says."""

    loan_id: UUID
    customer_id: UUID


class LoanProlonged(Event, LoanFact, type="loan.prolonged.v1", topic="rapport.complaints", key="loan_id"):
    """It may stay longer."""

    due_at: UtcTime


class LoanMissed(Event, LoanFact, type="loan.missed.v1", topic="rapport.complaints", key="loan_id"):
    """Nobody had brought it back when it was due."""

    owner: str | None
    missed_at: UtcTime


class LoanReturned(Event, LoanFact, type="loan.returned.v1", topic="rapport.complaints", key="loan_id"):
    """It is back."""

    condition: str
    returned_at: UtcTime


for _fact in (LoanProlonged, LoanMissed, LoanReturned):
    _registry.pop(_fact.event_type)  # no part of the published language, which other tests of this process look at


class Condition(StrEnum):
    """How it came back."""

    GOOD = "good"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Reminder:
    """When the customer was reminded, and what it cost."""

    at: datetime
    cost: Decimal
    condition: Condition = Condition.GOOD


class Agreement(BaseModel):
    """What was agreed, as the contracts have such things."""

    clause: str
    until: datetime | None = None


def is_whole(loan: Loan, act: Act) -> bool:
    """What nobody broke; and not by those who are owners themselves."""
    return loan.condition is not Condition.BROKEN and loan.owner != act.who


@dataclass(kw_only=True)
class Loan(AggregateWithHistory, life=LOAN_LIFE):
    """One device that is lent. Times in UTC."""

    noted: ClassVar = {
        "lend": Noted(days=int),
        "prolong": Noted(days=int),
        "take-back": Noted(condition=Condition),
        "inspect": Noted({"by": str | None}, parts=int),
        "looked-at": Noted(),
    }

    customer_id: UUID
    keyed_by: UUID
    due_at: datetime
    devices: list[str] = field(default_factory=list)
    labels: frozenset[str] = frozenset()
    deposit: Decimal | None = None
    condition: Condition | None = None
    reminders: list[Reminder] = field(default_factory=list)
    limits: dict[str, int] = field(default_factory=dict)
    first: Reminder | None = None
    agreed: list[Agreement] = field(default_factory=list)
    owner: str | None = None
    missed_at: datetime | None = None
    returned_at: datetime | None = None
    scratch: list[str] = field(default_factory=list)

    @property
    def times_reminded(self) -> int:
        return len(self.reminders)

    @property
    def next_check_at(self) -> datetime | None:
        return self.due_at if self.returned_at is None and self.missed_at is None else None

    def settle(self, now: datetime) -> None:
        if self.next_check_at is not None and self.due_at < now:
            self.missed_at = self.due_at
            self._emit(LoanMissed)

    @classmethod
    def lend(cls, customer_id: UUID, act: Act, *, days: int = 7) -> Loan:
        loan = cls(
            id=new_id(),
            last_at=act.at,
            customer_id=customer_id,
            keyed_by=customer_id,
            due_at=act.at + timedelta(days=days),
        )
        loan._log_move("lend", "", act, days=days)
        return loan

    def prolong(self, act: Act, days: int) -> None:
        self._transition("prolong", act, days=days)
        self.due_at += timedelta(days=days)
        self._emit(LoanProlonged)

    def take_back(self, act: Act, condition: Condition) -> None:
        self._transition("take-back", act, condition=condition.value)
        self.condition, self.returned_at = condition, act.at
        self._emit(LoanReturned)

    def write_off(self, act: Act) -> None:
        self._transition("write-off", act)
