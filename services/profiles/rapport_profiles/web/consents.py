"""What a customer allowed, for what purpose, on which channel."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field
from rapport_chassis.security.masking import HIDDEN
from rapport_chassis.vault import Erased
from rapport_chassis.web import Call, Level, Router
from rapport_contracts.fields import CustomerId
from rapport_contracts.profiles.vocabulary import ConsentPurpose
from rapport_contracts.vocabulary import Channel
from rapport_kernel.errors import Invalid, NotFound, VersionConflict

from rapport_profiles.domain.consent import Said, standing
from rapport_profiles.store.work import ProfilesWork
from rapport_profiles.usecases.record_consent import record_consent, show_consents
from rapport_profiles.web.bodies import ConsentStatement
from rapport_profiles.web.customers import READ, WRITE
from rapport_profiles.web.views import CustomerChanged, changed_view

router = Router(prefix="/customers/{customer_id}/consents", tags=["consents"])


class StandingView(BaseModel):
    """What holds now: granted, withdrawn, or unknown (nothing was said). `channel` null: for any channel."""

    purpose: str = Field(examples=["survey"])
    channel: str | None
    state: str = Field(examples=["granted"])


class StatementView(BaseModel):
    """One statement of the history. The evidence is hidden below level 4."""

    id: UUID
    purpose: str
    channel: str | None
    state: str
    said_at: datetime
    recorded_by: str
    evidence_kind: str
    evidence: str | None


class ConsentsView(BaseModel):
    """What holds, and how it came about, the oldest statement first."""

    standing: list[StandingView]
    history: list[StatementView]


@router.post(
    "", allow=WRITE, status=201, errors=[NotFound, Invalid, VersionConflict, Erased], summary="Write down a consent"
)
async def say(customer_id: CustomerId, body: ConsentStatement, call: Call[ProfilesWork]) -> CustomerChanged:
    """Granted or withdrawn, with what proves it. The newest statement holds; surveys and care hear of it at once."""
    customer = await call.run(
        record_consent,
        customer_id,
        purpose=body.purpose,
        channel=body.channel,
        granted=body.decision == "granted",
        said_at=body.said_at,
        evidence_kind=body.evidence.kind,
        evidence=body.evidence.text,
    )
    return changed_view(customer)


@router.get("", allow=READ, errors=[NotFound], summary="Read consents")
async def show(customer_id: CustomerId, call: Call[ProfilesWork]) -> ConsentsView:
    """What holds for each purpose and channel that was spoken of, and the whole history."""
    history = await call.run(show_consents, customer_id)
    clear = call.actor.level >= Level.CLEAR
    return ConsentsView(
        standing=_standing([record.said for record, _ in history]),
        history=[
            StatementView(
                id=record.id,
                purpose=record.purpose,
                channel=record.channel,
                state=record.state,
                said_at=record.said_at,
                recorded_by=record.recorded_by,
                evidence_kind=record.evidence_kind,
                evidence=evidence if clear or evidence is None else HIDDEN,
            )
            for record, evidence in history
        ],
    )


def _standing(history: list[Said]) -> list[StandingView]:
    views = []
    for purpose in ConsentPurpose:
        spoken_of = {said.channel for said in history if said.purpose == purpose}
        for channel in (None, *(channel for channel in Channel if channel in spoken_of)):
            state = standing(history, purpose, channel)
            views.append(StandingView(purpose=purpose, channel=channel, state=state))
    return views
