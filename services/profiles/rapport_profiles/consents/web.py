"""Consents over HTTP: for each purpose, on each channel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from rapport_chassis.vault import Erased
from rapport_chassis.web import Call, Kind, Masked, Router, View, personal
from rapport_chassis.web.values import known
from rapport_contracts.fields import CustomerId
from rapport_contracts.profiles.vocabulary import ConsentPurpose, ConsentState
from rapport_contracts.vocabulary import Channel
from rapport_kernel.errors import NotFound, VersionConflict

from rapport_profiles.consents.domain import Statement, standing
from rapport_profiles.consents.store import StoredStatement
from rapport_profiles.consents.usecases import ConsentStatement, record_consent, show_consents
from rapport_profiles.customers.web import READ, WRITE, CustomerChanged, changed_view
from rapport_profiles.work import ProfilesWork

router = Router(
    prefix="/customers/{customer_id}/consents",
    tags=["consents"],
    about="What a customer allowed, for which purpose and channel, with its proof.",
)


class StandingView(View):
    """The consent that holds now: granted, withdrawn, or unknown (no statement). `channel` null: for any channel."""

    purpose: Annotated[str, known(ConsentPurpose)] = Field(examples=["survey"])
    channel: Annotated[str | None, known(Channel)]
    state: Annotated[str, known(ConsentState)] = Field(examples=["granted"])


class StatementView(View):
    """One statement of the history. The evidence from level 2 on, numbers in it masked below level 4."""

    id: UUID
    purpose: Annotated[str, known(ConsentPurpose)]
    channel: Annotated[str | None, known(Channel)]
    state: Annotated[str, known(ConsentState)]
    said_at: datetime
    recorded_by: str
    evidence_kind: str
    evidence: Annotated[str | None, personal(Kind.WORDS)]
    masked: Masked


class ConsentsView(View):
    """The consent that holds, and the statements that led to it, the oldest first."""

    standing: list[StandingView]
    history: list[StatementView]


@router.post(
    "", allow=WRITE, status=201, errors=[NotFound, VersionConflict, Erased, "time-in-the-future"], summary="Record a consent"
)
async def say(customer_id: CustomerId, body: ConsentStatement, call: Call[ProfilesWork]) -> CustomerChanged:
    """Granted or withdrawn, with its evidence. The newest statement holds and is published at once."""
    return changed_view(await call.run(record_consent, customer_id, body), call)


@router.get("", allow=READ, errors=[NotFound], summary="Read consents")
async def show(customer_id: CustomerId, call: Call[ProfilesWork]) -> ConsentsView:
    """The consent that holds for each purpose, and each channel with a statement of its own; and the whole history."""
    history = await call.run(show_consents, customer_id)
    return ConsentsView(
        standing=_standing([statement for statement, _ in history]),
        history=[_shown(statement, evidence) for statement, evidence in history],
    )


def _shown(statement: StoredStatement, evidence: str | None) -> StatementView:
    plain = {name: getattr(statement, name) for name in StatementView.model_fields if hasattr(statement, name)}
    return StatementView.model_validate(plain | {"evidence": evidence})


def _standing(history: Sequence[Statement]) -> list[StandingView]:
    views = []
    for purpose in ConsentPurpose:
        mentioned = {statement.channel for statement in history if statement.purpose == purpose}
        for channel in (None, *(channel for channel in Channel if channel in mentioned)):
            state = standing(history, purpose, channel)
            views.append(StandingView(purpose=purpose, channel=channel, state=state))
    return views
