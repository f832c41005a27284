"""The customer: stage of the relationship (S9), kind (S8), and which facts its life consists of.

The personal part (name and attributes) is sealed before it reaches this object: the aggregate knows which fields
changed, never what they hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from rapport_contracts.profiles.consents import ConsentGranted, ConsentWithdrawn
from rapport_contracts.profiles.customers import ContactPointVerified, CustomerProfileCorrected, CustomerRegistered
from rapport_contracts.profiles.identity import CustomerIdentified
from rapport_contracts.profiles.vocabulary import ConsentPurpose, CustomerKind, LifecycleStage
from rapport_contracts.vocabulary import Channel, IdentifierKind
from rapport_kernel.aggregate import Aggregate
from rapport_kernel.states import Move, StateTable

LIFE = StateTable(
    initial=LifecycleStage.PROSPECT,
    moves=[
        Move("show-interest", "prospect", "interested"),
        Move("lose-interest", "interested", "prospect"),
        Move("activate", "prospect", "active"),
        Move("activate", "interested", "active"),
        Move("fall-dormant", "active", "dormant"),
        Move("activate", "dormant", "active"),
        Move("churn", "active", "churned"),
        Move("churn", "dormant", "churned"),
        Move("win-back", "churned", "active"),
    ],
)
"""潜在 → 意向 → 成交 ↔ 休眠 → 流失 → 成交 (win-back)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalPart:
    """Name and attributes (S5, S6). None or an empty tuple: not known. Sealed as one document under the customer's key."""

    name: str | None = None
    birth_date: date | None = None
    gender: str | None = None
    occupation: str | None = None
    spending_habits: tuple[str, ...] = ()
    preferences: tuple[str, ...] = ()
    interests: tuple[str, ...] = ()
    purchase_intent: str | None = None

    @property
    def filled(self) -> tuple[str, ...]:
        """Names of the fields that are known."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name))

    def changed(self, after: PersonalPart) -> tuple[str, ...]:
        """Names of the fields in which `after` differs."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name) != getattr(after, field.name))

    def as_document(self) -> dict[str, Any]:
        """Only what is known, as JSON has it."""
        document = {name: getattr(self, name) for name in self.filled}
        if self.birth_date is not None:
            document["birth_date"] = self.birth_date.isoformat()
        return document

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> PersonalPart:
        """The door for the database; unknown fields of a newer version are left out."""
        known = {field.name for field in fields(cls)}
        values: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in document.items() if n in known}
        if "birth_date" in values:
            values["birth_date"] = date.fromisoformat(values["birth_date"])
        return cls(**values)


@dataclass(kw_only=True)
class Customer(Aggregate, life=LIFE):
    """One customer. `state` is the stage; `personal` the sealed `PersonalPart`, `filled` the names of its known fields."""

    kind: str
    source: str
    registered_at: datetime
    personal: bytes | None = None
    filled: tuple[str, ...] = ()

    @classmethod
    def register(
        cls,
        customer_id: UUID,
        *,
        kind: CustomerKind = CustomerKind.UNKNOWN,
        stage: LifecycleStage = LifecycleStage.PROSPECT,
        source: str,
        now: datetime,
    ) -> Customer:
        """A customer became known for the first time. `source` is a code: the call-centre system, or who entered him."""
        customer = cls(id=customer_id, kind=kind, source=source, registered_at=now, state=stage)
        customer.record(
            CustomerRegistered(customer_id=customer_id, kind=kind, stage=stage, source=source, registered_at=now)
        )
        return customer

    def fill(self, personal: bytes | None, filled: Iterable[str]) -> None:
        """Put the sealed personal part in; `filled` are the names of its known fields."""
        self.personal, self.filled = personal, tuple(filled)

    def correct(self, changed: Iterable[str], now: datetime) -> None:
        """Write down that fields were changed (S7); nothing happens when none was."""
        names = list(changed)
        if names:
            self.record(CustomerProfileCorrected(customer_id=self.id, fields=names, stage=self.state, corrected_at=now))

    def change_stage(self, move: str, now: datetime) -> None:
        """Make a move of the life. Raises NotAllowed with the moves that are possible."""
        self.move(move)
        self.correct(["stage"], now)

    def identify(self, interaction_id: UUID, rule: IdentifierKind, *, newly: bool, now: datetime) -> None:
        """The person behind an interaction is this customer."""
        self.record(
            CustomerIdentified(
                customer_id=self.id, interaction_id=interaction_id, rule=rule, newly_registered=newly, identified_at=now
            )
        )

    def verify_contact_point(self, kind: IdentifierKind, now: datetime) -> None:
        """A contact point was checked and is his (S18)."""
        self.record(ContactPointVerified(customer_id=self.id, kind=kind, verified_at=now))

    def grant_consent(self, purpose: ConsentPurpose, channel: Channel | None, now: datetime) -> None:
        """He allowed a purpose; `channel` None means any."""
        self.record(ConsentGranted(customer_id=self.id, purpose=purpose, channel=channel, granted_at=now))

    def withdraw_consent(self, purpose: ConsentPurpose, channel: Channel | None, now: datetime) -> None:
        """He took a consent back, or said no before anybody asked."""
        self.record(ConsentWithdrawn(customer_id=self.id, purpose=purpose, channel=channel, withdrawn_at=now))
