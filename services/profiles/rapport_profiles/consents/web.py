"""Consents over HTTP: for each purpose, on each channel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import Field
from rapport_chassis.security.masking import HIDDEN
from rapport_chassis.vault import Erased
from rapport_chassis.web import Call, Level, Router, View
from rapport_contracts.fields import CustomerId
from rapport_contracts.profiles.vocabulary import ConsentPurpose
from rapport_contracts.vocabulary import Channel
from rapport_kernel.errors import Invalid, NotFound, VersionConflict

from rapport_profiles.consents.domain import Statement, standing
from rapport_profiles.consents.store import StoredStatement
from rapport_profiles.consents.usecases import ConsentStatement, record_consent, show_consents
from rapport_profiles.customers.web import READ, WRITE, CustomerChanged, changed_view
from rapport_profiles.work import ProfilesWork

router = Router(prefix="/customers/{customer_id}/consents", tags=["consents"])


class StandingView(View):
    """The consent that holds now: granted, withdrawn, or unknown (no statement). `channel` null: for any channel."""

    purpose: str = Field(examples=["survey"])
    channel: str | None
    state: str = Field(examples=["granted"])


class StatementView(View):
    """One statement of the history. The evidence is hidden below level 4."""

    id: UUID
    purpose: str
    channel: str | None
    state: str
    said_at: datetime
    recorded_by: str
    evidence_kind: str
    evidence: str | None


class ConsentsView(View):
    """The consent that holds, and the statements that led to it, the oldest first."""

    standing: list[StandingView]
    history: list[StatementView]


@router.post("", allow=WRITE, status=201, errors=[NotFound, Invalid, VersionConflict, Erased], summary="Record a consent")
async def say(customer_id: CustomerId, body: ConsentStatement, call: Call[ProfilesWork]) -> CustomerChanged:
    """Granted or withdrawn, with its evidence. The newest statement holds and is published at once."""
    return changed_view(await call.run(record_consent, customer_id, body), call)


@router.get("", allow=READ, errors=[NotFound], summary="Read consents")
async def show(customer_id: CustomerId, call: Call[ProfilesWork]) -> ConsentsView:
    """The consent that holds for each purpose, and each channel with a statement of its own; and the whole history."""
    history = await call.run(show_consents, customer_id)
    return ConsentsView(
        standing=_standing([statement for statement, _ in history]),
        history=[_shown(statement, evidence, call.actor.level) for statement, evidence in history],
    )


def _shown(statement: StoredStatement, evidence: str | None, level: int) -> StatementView:
    return StatementView(
        id=statement.id,
        purpose=statement.purpose,
        channel=statement.channel,
        state=statement.state,
        said_at=statement.said_at,
        recorded_by=statement.recorded_by,
        evidence_kind=statement.evidence_kind,
        evidence=evidence if level >= Level.CLEAR or evidence is None else HIDDEN,
    )


def _standing(history: Sequence[Statement]) -> list[StandingView]:
    views = []
    for purpose in ConsentPurpose:
        mentioned = {statement.channel for statement in history if statement.purpose == purpose}
        for channel in (None, *(channel for channel in Channel if channel in mentioned)):
            state = standing(history, purpose, channel)
            views.append(StandingView(purpose=purpose, channel=channel, state=state))
    return views
