"""Invitations: the decision about each and its reasons, and sending them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field
from rapport_chassis.filters import find
from rapport_chassis.lists import Page, Paging
from rapport_chassis.web import Call, Router, Scope
from rapport_chassis.web.operations import On
from rapport_chassis.web.values import acted_on, known
from rapport_chassis.web.views import Allowed, View, shown_as
from rapport_chassis.work import Work
from rapport_contracts.fields import InvitationId, UtcTime
from rapport_contracts.satisfaction.vocabulary import SurveyDecision
from rapport_contracts.vocabulary import Channel
from rapport_kernel.errors import (
    NotAllowed,
    NotFound,
    VersionConflict,
)

from rapport_satisfaction.asking.domain.invitations import INVITATION_LIFE, Invitation, may_send
from rapport_satisfaction.asking.store.invitations import BY_CONSIDERED, InvitationFilters, Invitations, invitations
from rapport_satisfaction.asking.usecases.invitations import opt_out, send_invitation
from rapport_satisfaction.surveys.web import READ

SEND = Scope("satisfaction:send")
HAND_OVER = Scope("satisfaction:send", machines=True)
"""Whoever has the link answers for the customer, also about themselves: no person gets it."""


class InvitationView(View):
    """A candidate and what became of it. Only Profiles knows who the customer is."""

    id: UUID
    version: int
    updated_at: UtcTime = Field(description="When it was last written.")
    state: Annotated[str, known(INVITATION_LIFE)] = Field(examples=["scheduled"])
    reason: str = Field(examples=["eligible"], description="of the last decision")
    survey: str
    survey_version: int | None
    rule_key: str
    subject: str = Field(examples=["interaction"])
    interaction_id: UUID | None
    complaint_id: UUID | None
    customer_id: UUID | None
    channel: Annotated[str, known(Channel)]
    touchpoint: str | None
    agent: str | None
    agents: list[str]
    occurred_at: datetime
    considered_at: datetime
    send_after: datetime | None
    sent_at: datetime | None
    reminders: int
    remind_after: UtcTime | None = Field(description="A reminder before this is too early.")
    expires_at: datetime | None
    opened_at: datetime | None
    completed_at: datetime | None
    allowed: Annotated[Allowed, acted_on(Invitation)]


class SentView(BaseModel):
    """The link, once: it is stored nowhere. Send it through the channel of your choice."""

    invitation: InvitationView
    link: str = Field(examples=["http://127.0.0.1:8080/satisfaction/v1/r/8Xv..."])
    version: int


class DecisionView(View):
    """One line of the trail."""

    decision: Annotated[str, known(SurveyDecision)] = Field(examples=["held"])
    reason: str = Field(examples=["open-complaint"])
    sentence: str
    rule_version: int
    throttle_version: int
    at: datetime
    cause: UUID | None = Field(description="the event behind it")


class TrailView(BaseModel):
    """All decisions about one candidate, in order; the last one counts."""

    invitation_id: UUID
    decision: Annotated[str, known(SurveyDecision)]
    reason: str
    decisions: list[DecisionView]


shown = shown_as(InvitationView)


def invitations_router(public_url: str) -> Router:
    """The routes; every link begins with `public_url`, the address at which customers reach us."""
    router = Router(prefix="/invitations", tags=["invitations"], about="Who is to be asked, was asked, or was not, and why.")

    @router.get("", allow=READ, summary="List candidates and invitations")
    async def list_invitations(
        filters: InvitationFilters, paging: Annotated[Paging, BY_CONSIDERED], call: Call[Work]
    ) -> Page[InvitationView]:
        """Every contact that was considered, newest first. A messaging gateway asks for `due=true`."""
        return (await call.read(find, invitations, BY_CONSIDERED, filters, paging)).map(lambda row: shown(row, call))

    @router.get("/{invitation_id}", allow=READ, errors=[NotFound], summary="Read an invitation")
    async def show(invitation_id: InvitationId, call: Call[Work]) -> InvitationView:
        """Its state, and what can be done now."""
        return shown(await (await call.work()).store(Invitations).get(invitation_id), call)

    @router.get("/{invitation_id}/decision", allow=READ, errors=[NotFound], summary="Read the reasons of a decision")
    async def decision(invitation_id: InvitationId, call: Call[Work]) -> TrailView:
        """The whole trail: each decision with its reason, the versions of the rules and the event behind it."""
        lines = await (await call.work()).store(Invitations).trail(invitation_id)
        trail = [DecisionView.model_validate(line) for line in lines]
        last = trail[-1]
        return TrailView(invitation_id=invitation_id, decision=last.decision, reason=last.reason, decisions=trail)

    @router.post(
        "/{invitation_id}:send",
        allow=HAND_OVER,
        errors=[
            NotFound,
            NotAllowed,
            VersionConflict,
            "too-early",
            "reminders-used",
            "consent-withdrawn",
            "open-complaint",
            "open-emergency",
            "throttled",
            "relationship-throttled",
        ],
        summary="Send an invitation, or remind",
        on=On(Invitation, when=may_send),
    )
    async def send(invitation_id: InvitationId, call: Call[Work]) -> SentView:
        """The answer holds the link, once: only a messaging gateway gets it, never a person. Called again it is a
        reminder: a new link, the old one is void.

        409 `throttled`, `open-complaint`, `consent-withdrawn` when that has come up since the decision, `too-early` before
        the delay of the rule or the gap between reminders is over, `reminders-used`.
        """
        invitation, token = await call.run(send_invitation, invitation_id)
        link = f"{public_url.rstrip('/')}/satisfaction/v1/r/{token}"
        return SentView(invitation=shown(invitation, call), link=link, version=invitation.version)

    @router.post(
        "/{invitation_id}:opt-out",
        allow=SEND,
        errors=[NotFound, NotAllowed, VersionConflict],
        summary="The customer does not want this survey",
        on=On(Invitation),
    )
    async def refuse(invitation_id: InvitationId, call: Call[Work]) -> InvitationView:
        """Voids the link. To stop all surveys, withdraw the consent in Profiles instead."""
        return shown(await call.run(opt_out, invitation_id), call)

    return router
