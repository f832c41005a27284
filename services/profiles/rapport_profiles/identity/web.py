"""Finding customers by identifiers, and identity conflicts: identifiers that do not agree wait for a person."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.vault import Erased
from rapport_chassis.web import Actions, Call, Masked, Resource, Router, Scope, View
from rapport_chassis.web.values import acted_on, known
from rapport_chassis.web.views import Allowed, shown_as
from rapport_contracts.fields import UtcTime
from rapport_contracts.vocabulary import IdentifierKind
from rapport_kernel.errors import (
    NotAllowed,
    NotFound,
    VersionConflict,
)

from rapport_profiles.customers.web import READ
from rapport_profiles.identifiers.web import IDENTIFIES
from rapport_profiles.identity.domain import CONFLICT_LIFE, IdentityConflict
from rapport_profiles.identity.store import BY_DETECTION, ConflictFilters, Conflicts
from rapport_profiles.identity.usecases.decide_conflict import ShownConflict, resolve_conflict, show_conflict
from rapport_profiles.identity.usecases.find_customer import Lookup, find_customer
from rapport_profiles.work import ProfilesWork

CONFLICT = "/conflicts/{conflict_id}"
lookups = Router(tags=["customers"])
router = Router(
    tags=["identity conflicts"], about="Identifiers that do not agree, until a person decides; merges and splits."
)


class LookupReason(View):
    """What became of one identifier, in the order of the request: `used`, `blocked` (a value that many share) or
    `unusable`. Whether it alone is anybody's is not told."""

    kind: Annotated[str, known(IdentifierKind)] = Field(examples=["phone"])
    outcome: Annotated[str, known("used", "blocked", "unusable", name="identifier-match")]


class LookupAnswer(View):
    """`match` names the customer; `ambiguous` names all candidates and never guesses."""

    outcome: Annotated[str, known("match", "none", "ambiguous", name="customer-match")]
    customer_id: UUID | None
    candidates: list[UUID]
    reasons: list[LookupReason]


class ConflictSummary(View):
    """A conflict. With one candidate, a second member number or id at a source contradicts the one that they have."""

    id: UUID
    version: int
    updated_at: UtcTime = Field(description="When it was last written.")
    state: Annotated[str, known(CONFLICT_LIFE)] = Field(examples=["open"])
    candidates: list[UUID]
    rules: Annotated[list[str], known(IdentifierKind)] = Field(examples=[["member_number", "email"]])
    detected_at: datetime
    resolved_at: datetime | None
    customer_id: UUID | None
    allowed: Annotated[Allowed, acted_on(IdentityConflict)]


class ConflictIdentifier(View):
    """One of the identifiers, masked below level 4."""

    kind: Annotated[str, known(IdentifierKind)]
    value: Annotated[str | None, IDENTIFIES]
    source: str


class ConflictView(ConflictSummary):
    """With its identifiers and the contacts that wait."""

    identifiers: list[ConflictIdentifier]
    interactions: list[UUID]
    masked: Masked


summary_view = shown_as(ConflictSummary)


def conflict_view(shown: ShownConflict, call: Call[Any]) -> ConflictView:
    """The conflict, in clear: it is masked for who reads it."""
    return ConflictView(
        **summary_view(shown.conflict, call).model_dump(),
        identifiers=[
            ConflictIdentifier(
                kind=token.identifier.kind,
                value=token.identifier.value,
                source=source,
            )
            for token, source in shown.tokens
        ],
        interactions=shown.interactions,
    )


@lookups.post(
    "/customers:resolve",
    allow=Scope("profiles:look-up", level=3),
    errors=["too-many-misses"],
    summary="Find a customer by identifiers",
)
async def resolve(body: Lookup, call: Call[ProfilesWork]) -> LookupAnswer:
    """Match, none or ambiguous, for all identifiers together: those of one person. A POST, because identifiers never appear
    in a URL. Each look-up is audited; each identifier that nobody has counts against a budget of the caller."""
    found = await call.look_up(len(body.identifiers), lambda answer: answer.missed, find_customer, body)
    return LookupAnswer.model_validate(found)


of = Resource(router, CONFLICT, ("conflict", "conflicts"), ConflictSummary, Conflicts, read=READ)
of.lists(
    ConflictFilters,
    BY_DETECTION,
    ("list_all", "List identity conflicts", "By time of detection, the newest first."),
)
of.history()
of.verifies()


@router.get(CONFLICT, allow=READ, errors=[NotFound], summary="Read an identity conflict")
async def show(conflict_id: UUID, call: Call[ProfilesWork]) -> ConflictView:
    """With its identifiers, masked below level 4. Each read is audited with the level."""
    return conflict_view(await call.run(show_conflict, conflict_id), call)


Actions(router, CONFLICT, IdentityConflict, conflict_view, (NotFound, NotAllowed, VersionConflict, Erased))(
    "resolve",
    resolve_conflict,
    Scope("profiles:resolve", level=2),
    "Decide which customer the identifiers belong to",
    "One of the candidates, or null for a new customer. Contacts that wait get their customer; the ruling stands.",
    "not-a-candidate",
    "identifier-taken",
    name="resolve",
)
