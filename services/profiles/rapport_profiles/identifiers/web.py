"""How identifiers are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.web import Call, Kind, View, personal_by
from rapport_chassis.web.values import acted_on, known
from rapport_chassis.web.views import Allowed
from rapport_contracts.vocabulary import IdentifierKind

from rapport_profiles.identifiers.store import StoredIdentifier

IDENTIFIES = personal_by("kind", {IdentifierKind.PHONE: Kind.PHONE, IdentifierKind.EMAIL: Kind.EMAIL})
"""Marks the value of an identifier; its `kind` stands beside it."""


class IdentifierView(View):
    """What a customer is known by. `value` is masked below level 4; null after an erasure."""

    id: UUID
    kind: Annotated[str, known(IdentifierKind)] = Field(examples=["phone"])
    value: Annotated[str | None, IDENTIFIES] = Field(examples=["+861380****0001"])
    scope: str | None = Field(description="The source that an external id belongs to.", examples=[None])
    source: str = Field(description="The system or person that gave it.", examples=["genesys-hangzhou"])
    added_at: datetime
    verified_at: datetime | None
    allowed: Annotated[Allowed, acted_on(StoredIdentifier)]


def identifier_view(stored: StoredIdentifier, value: str | None, call: Call[Any]) -> IdentifierView:
    """An identifier; `value` is in clear, and masked for who reads it."""
    return IdentifierView(
        id=stored.id,
        kind=stored.kind,
        value=value,
        scope=stored.scope or None,
        source=stored.source,
        added_at=stored.added_at,
        verified_at=stored.verified_at,
        allowed=call.allowed(stored),
    )
