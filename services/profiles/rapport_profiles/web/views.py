"""What the API shows, and how much of it a level sees (S113): below level 4 everything personal is masked."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field
from rapport_chassis.security.masking import HIDDEN, mask_email, mask_name, mask_phone
from rapport_chassis.web import Level
from rapport_contracts.vocabulary import IdentifierKind

from rapport_profiles.domain.customer import Customer, PersonalPart
from rapport_profiles.store.identifiers import KnownIdentifier
from rapport_profiles.usecases.show_customer import Profile

_SHOWN_END = 4
_LONG_ENOUGH = 8


class IdentifierView(BaseModel):
    """What a customer is known by. `value` is masked below level 4; null after an erasure."""

    id: UUID
    kind: str = Field(examples=["phone"])
    value: str | None = Field(examples=["+861380****0001"])
    scope: str | None = Field(description="The source that an external id belongs to.", examples=[None])
    source: str = Field(description="Who told us.", examples=["genesys-hangzhou"])
    added_at: datetime
    verified_at: datetime | None


class PersonalView(BaseModel):
    """Name and attributes (S5, S6). Level 3 sees a masked name, the year of birth and the rest; below only a masked name."""

    name: str | None = Field(default=None, examples=["张*明"])
    birth_date: str | None = Field(default=None, examples=["1985-**-**"])
    gender: str | None = None
    occupation: str | None = None
    spending_habits: list[str] = Field(default_factory=list)
    preferences: list[str] = Field(default_factory=list)
    interests: list[str] = Field(default_factory=list)
    purchase_intent: str | None = None


class CustomerSummary(BaseModel):
    """A customer without anything personal."""

    id: UUID
    version: int
    kind: str = Field(examples=["individual"])
    stage: str = Field(examples=["prospect"])
    source: str = Field(examples=["genesys-hangzhou"])
    registered_at: datetime


class CustomerChanged(CustomerSummary):
    """What a command answers: no personal data, the new version, and the moves that the stage has now."""

    allowed_moves: list[str] = Field(examples=[["show-interest", "activate"]])


class CustomerView(CustomerChanged):
    """The whole profile, as the caller's level may see it."""

    masked: bool = Field(description="Whether something is masked or hidden for this caller.")
    personal: PersonalView
    identifiers: list[IdentifierView]


def changed_view(customer: Customer) -> CustomerChanged:
    """After a command."""
    return CustomerChanged(
        id=customer.id,
        version=customer.version,
        kind=customer.kind,
        stage=customer.state,
        source=customer.source,
        registered_at=customer.registered_at,
        allowed_moves=list(customer.allowed),
    )


def customer_view(profile: Profile, level: int) -> CustomerView:
    """The profile for a level."""
    return CustomerView(
        **changed_view(profile.customer).model_dump(),
        masked=level < Level.CLEAR,
        personal=personal_view(profile.personal, level),
        identifiers=[identifier_view(known, value, level) for known, value in profile.identifiers],
    )


def personal_view(personal: PersonalPart, level: int) -> PersonalView:
    """The personal part for a level."""
    document: dict[str, Any] = personal.as_document()
    if level < Level.PARTIAL:
        return PersonalView(name=masked_name(personal.name, level))
    if level < Level.CLEAR:
        document["name"] = masked_name(personal.name, level)
        if personal.birth_date is not None:
            document["birth_date"] = f"{personal.birth_date.year}-**-**"
    return PersonalView.model_validate(document)


def identifier_view(known: KnownIdentifier, value: str | None, level: int) -> IdentifierView:
    """An identifier for a level."""
    return IdentifierView(
        id=known.id,
        kind=known.kind,
        value=masked_value(known.kind, value, level),
        scope=known.scope or None,
        source=known.source,
        added_at=known.added_at,
        verified_at=known.verified_at,
    )


def masked_name(name: str | None, level: int) -> str | None:
    """A name for a level."""
    return None if name is None else mask_name(name, level)


def masked_value(kind: IdentifierKind, value: str | None, level: int) -> str | None:
    """An identifier's value for a level; numbers of members and sources show their last four signs from level 2."""
    if value is None:
        return None
    match kind:
        case IdentifierKind.PHONE:
            return mask_phone(value, level)
        case IdentifierKind.EMAIL:
            return mask_email(value, level)
    if level >= Level.CLEAR:
        return value
    if level <= Level.MASKED or len(value) < _LONG_ENOUGH:
        return HIDDEN
    return "*" * (len(value) - _SHOWN_END) + value[-_SHOWN_END:]
