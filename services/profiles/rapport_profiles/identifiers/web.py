"""How identifiers are shown: masked by the level of the caller (S113)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.security.masking import HIDDEN, mask_email, mask_phone
from rapport_chassis.web import Call, Level, View
from rapport_chassis.web.values import acted_on, known
from rapport_chassis.web.views import Allowed
from rapport_contracts.vocabulary import IdentifierKind

from rapport_profiles.identifiers.store import StoredIdentifier

_SHOWN_END = 4
_LONG_ENOUGH = 8


class IdentifierView(View):
    """What a customer is known by. `value` is masked below level 4; null after an erasure."""

    id: UUID
    kind: Annotated[str, known(IdentifierKind)] = Field(examples=["phone"])
    value: str | None = Field(examples=["+861380****0001"])
    scope: str | None = Field(description="The source that an external id belongs to.", examples=[None])
    source: str = Field(description="The system or person that gave it.", examples=["genesys-hangzhou"])
    added_at: datetime
    verified_at: datetime | None
    allowed: Annotated[Allowed, acted_on(StoredIdentifier)]


def identifier_view(stored: StoredIdentifier, value: str | None, call: Call[Any]) -> IdentifierView:
    """An identifier for the level of the caller; `value` is in clear."""
    return IdentifierView(
        id=stored.id,
        kind=stored.kind,
        value=masked_value(stored.kind, value, call.actor.level),
        scope=stored.scope or None,
        source=stored.source,
        added_at=stored.added_at,
        verified_at=stored.verified_at,
        allowed=call.allowed(stored),
    )


def masked_value(kind: IdentifierKind, value: str | None, level: int) -> str | None:
    """An identifier's value for a level; member numbers and external ids show their last four characters from level 2."""
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
