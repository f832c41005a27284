"""Identity conflicts: identifiers that point at several customers wait for a person."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field
from rapport_chassis.bodies import Params
from rapport_chassis.lists import Page, Paging
from rapport_chassis.web import Call, Router, Scope
from rapport_kernel.errors import Conflict, Invalid, NotAllowed, NotFound, VersionConflict

from rapport_profiles.domain.conflict import IdentityConflict
from rapport_profiles.store import lists
from rapport_profiles.store.work import ProfilesWork
from rapport_profiles.usecases.resolve_conflict import ShownConflict, resolve_conflict, show_conflict
from rapport_profiles.web.bodies import Ruling
from rapport_profiles.web.customers import READ
from rapport_profiles.web.views import masked_value

router = Router(prefix="/conflicts", tags=["identity conflicts"])


class ConflictFilter(Params):
    """Filters of the list."""

    state: Literal["open", "resolved"] | None = Field(default=None, description="Only conflicts in this state.")


class ConflictSummary(BaseModel):
    """A conflict. `candidates` may be one: then a second member number or id at a source is in the way."""

    id: UUID
    version: int
    state: str = Field(examples=["open"])
    candidates: list[UUID]
    rules: list[str] = Field(examples=[["member_number", "email"]])
    detected_at: datetime
    resolved_at: datetime | None
    customer_id: UUID | None


class ConflictIdentifier(BaseModel):
    """One of the identifiers, masked below level 4."""

    kind: str
    value: str | None
    source: str


class ConflictView(ConflictSummary):
    """With its identifiers and the contacts that wait."""

    identifiers: list[ConflictIdentifier]
    interactions: list[UUID]


@router.get("", allow=READ, errors=[Invalid], summary="List identity conflicts")
async def list_all(filters: ConflictFilter, paging: Paging, call: Call[ProfilesWork]) -> Page[ConflictSummary]:
    """By time of detection, the newest first."""
    chosen = filters.model_dump()
    rows = await call.read(lists.list_conflicts, paging, chosen)
    return lists.CONFLICTS.page(rows, paging, chosen, lambda row: ConflictSummary.model_validate(row, from_attributes=True))


@router.get("/{conflict_id}", allow=READ, errors=[NotFound], summary="Read an identity conflict")
async def show(conflict_id: UUID, call: Call[ProfilesWork]) -> ConflictView:
    """With its identifiers, masked below level 4. Each read is audited with the level."""
    return _view(await call.run(show_conflict, conflict_id), call.actor.level)


@router.post(
    "/{conflict_id}:resolve",
    allow=Scope("profiles:resolve", level=2),
    errors=[NotFound, NotAllowed, Invalid, Conflict, VersionConflict],
    summary="Decide whom the identifiers belong to",
)
async def resolve(conflict_id: UUID, body: Ruling, call: Call[ProfilesWork]) -> ConflictView:
    """One of the candidates, or null for somebody new. Contacts that wait get their customer; the ruling stands."""
    return _view(await call.run(resolve_conflict, conflict_id, body.customer_id, body.reason), call.actor.level)


def _view(shown: ShownConflict, level: int) -> ConflictView:
    conflict: IdentityConflict = shown.conflict
    return ConflictView(
        id=conflict.id,
        version=conflict.version,
        state=conflict.state,
        candidates=list(conflict.candidates),
        rules=list(conflict.rules),
        detected_at=conflict.detected_at,
        resolved_at=conflict.resolved_at,
        customer_id=conflict.customer_id,
        identifiers=[
            ConflictIdentifier(
                kind=token.identifier.kind,
                value=masked_value(token.identifier.kind, token.identifier.value, level),
                source=source,
            )
            for token, source in shown.tokens
        ],
        interactions=shown.interactions,
    )
