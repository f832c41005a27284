"""What callers send."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints
from rapport_chassis.bodies import Body
from rapport_contracts.fields import Code, UtcTime
from rapport_contracts.profiles.vocabulary import ConsentPurpose, CustomerKind, LifecycleStage
from rapport_contracts.vocabulary import Channel, IdentifierKind

from rapport_profiles.domain.customer import LIFE, PersonalPart
from rapport_profiles.usecases.register_customer import GivenIdentifier

Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Words = Annotated[list[Short], Field(max_length=50)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Source = Annotated[Code, Field(description="A code of the system that says so, e.g. of a call centre.", examples=["crm"])]

StageMove = StrEnum("StageMove", {move.name.replace("-", "_").upper(): move.name for move in LIFE.moves})  # type: ignore[misc]


class Gender(StrEnum):
    """As the customer says."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


class PurchaseIntent(StrEnum):
    """How likely a purchase is (S6)."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class NewIdentifier(Body):
    """What a customer is known by. An external id needs the `source` that gave it."""

    kind: IdentifierKind = Field(examples=["phone"])
    value: str = Field(min_length=1, max_length=320, repr=False, examples=["138 0013 8000"])
    source: Source | None = None
    verified: bool = Field(default=False, description="The caller has checked that it is the customer's (S18).")

    def given(self) -> GivenIdentifier:
        """As use cases take it."""
        return GivenIdentifier(self.kind, self.value, self.source or "", self.verified)


class PersonalBody(Body):
    """Name and attributes (S5, S6)."""

    name: Short | None = Field(default=None, repr=False, examples=["张小明"])
    birth_date: date | None = Field(default=None, repr=False, examples=["1985-06-01"])
    gender: Gender | None = Field(default=None, repr=False)
    occupation: Short | None = Field(default=None, repr=False, examples=["教师"])
    spending_habits: Words | None = Field(default=None, repr=False)
    preferences: Words | None = Field(default=None, repr=False, examples=[["evening calls"]])
    interests: Words | None = Field(default=None, repr=False)
    purchase_intent: PurchaseIntent | None = None

    def changes(self) -> dict[str, Any]:
        """The fields that were sent, as `PersonalPart` has them."""
        return {
            name: tuple(value or ()) if name in _MANY else value
            for name in PersonalBody.model_fields
            if name in self.model_fields_set
            for value in [getattr(self, name)]
        }

    def part(self) -> PersonalPart:
        """As a whole."""
        return PersonalPart(**self.changes())


_MANY = frozenset({"spending_habits", "preferences", "interests"})


class NewCustomer(Body):
    """A customer to register. At least one identifier, a name or an attribute."""

    kind: CustomerKind = CustomerKind.UNKNOWN
    stage: LifecycleStage = LifecycleStage.PROSPECT
    source: Source = "manual"
    personal: PersonalBody = Field(default_factory=PersonalBody)
    identifiers: Annotated[list[NewIdentifier], Field(max_length=20)] = Field(default_factory=list)


class Correction(PersonalBody):
    """What to change; what is not sent stays, null forgets."""

    kind: CustomerKind | None = None


class StageChange(Body):
    """A move of the customer's life; `GET /profiles/v1/state-machines` has the table."""

    move: StageMove = Field(examples=["show-interest"])
    reason: Reason | None = None


class Lookup(Body):
    """Identifiers of one person."""

    identifiers: Annotated[list[NewIdentifier], Field(min_length=1, max_length=20)]


class Evidence(Body):
    """What proves a statement: a kind, and a text or reference that is stored encrypted."""

    kind: Code = Field(examples=["call-recording"])
    text: Annotated[str, StringConstraints(min_length=1, max_length=2000)] | None = Field(
        default=None, repr=False, examples=["recording 4711, minute 3"]
    )


class ConsentStatement(Body):
    """What the customer said. `channel` null: on any channel. `said_at`: now, when not given."""

    purpose: ConsentPurpose = Field(examples=["survey"])
    channel: Channel | None = None
    decision: Literal["granted", "withdrawn"] = Field(examples=["granted"])
    said_at: UtcTime | None = None
    evidence: Evidence


class Ruling(Body):
    """Whom the identifiers belong to: one of the candidates, or null for somebody new."""

    customer_id: UUID | None
    reason: Reason | None = None
