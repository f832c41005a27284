"""Invitations: what was decided and why, and sending them."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from rapport_chassis.bodies import Params
from rapport_chassis.lists import Page, Paging
from rapport_chassis.web import Call, Router, Scope
from rapport_contracts.fields import InvitationId
from rapport_kernel.errors import Conflict, Invalid, NotAllowed, NotFound, VersionConflict

from rapport_satisfaction.store.invitations import InvitationFilter
from rapport_satisfaction.store.work import SatisfactionWork
from rapport_satisfaction.usecases.opt_out import opt_out
from rapport_satisfaction.usecases.send_invitation import send_invitation
from rapport_satisfaction.web.surveys import READ
from rapport_satisfaction.web.views import InvitationView, SentView, TrailView, invitation_view, trail_view

SEND = Scope("satisfaction:send")


class Narrowed(Params):
    """Filters of the list; `due` true: scheduled, and the delay of the rule has passed."""

    state: str | None = Field(default=None, max_length=50)
    reason: str | None = Field(default=None, max_length=50)
    survey: str | None = Field(default=None, max_length=100)
    customer_id: UUID | None = None
    interaction_id: UUID | None = None
    complaint_id: UUID | None = None
    due: bool = False


def invitations_router(public_url: str) -> Router:
    """The routes; `public_url` is where customers reach us, in front of the link."""
    router = Router(prefix="/invitations", tags=["invitations"])

    @router.get("", allow=READ, errors=[Invalid], summary="List candidates and invitations")
    async def list_invitations(narrowed: Narrowed, paging: Paging, call: Call[SatisfactionWork]) -> Page[InvitationView]:
        """Every contact that was considered, newest first. A messaging gateway asks for `due=true`."""
        asked = InvitationFilter(**narrowed.model_dump())
        return (await call.read(lambda work: work.invitations.page(asked, paging))).map(invitation_view)

    @router.get("/{invitation_id}", allow=READ, errors=[NotFound], summary="Read an invitation")
    async def show(invitation_id: InvitationId, call: Call[SatisfactionWork]) -> InvitationView:
        """Its state, and the moves that the state has."""
        return invitation_view(await call.read(lambda work: work.invitations.get(invitation_id)))

    @router.get("/{invitation_id}/decision", allow=READ, errors=[NotFound], summary="Read why somebody was or was not asked")
    async def decision(invitation_id: InvitationId, call: Call[SatisfactionWork]) -> TrailView:
        """The whole trail: each decision with its reason, the versions of the rules and the event behind it."""
        return trail_view(invitation_id, await call.read(lambda work: work.invitations.trail(invitation_id)))

    @router.post(
        "/{invitation_id}:send",
        allow=SEND,
        errors=[NotFound, NotAllowed, Conflict, VersionConflict],
        summary="Send an invitation, or remind",
    )
    async def send(invitation_id: InvitationId, call: Call[SatisfactionWork]) -> SentView:
        """The answer holds the link, once. Called again it is a reminder: a new link, the old one is void.

        409 `throttled`, `open-complaint`, `consent-withdrawn` when that has come up since the decision, `too-early` before
        the delay of the rule, `reminders-used`.
        """
        invitation, token = await call.run(send_invitation, invitation_id)
        link = f"{public_url.rstrip('/')}/satisfaction/v1/r/{token}"
        return SentView(invitation=invitation_view(invitation), link=link, version=invitation.version)

    @router.post(
        "/{invitation_id}:opt-out",
        allow=SEND,
        errors=[NotFound, NotAllowed, VersionConflict],
        summary="The customer does not want this survey",
    )
    async def refuse(invitation_id: InvitationId, call: Call[SatisfactionWork]) -> InvitationView:
        """Voids the link. For all surveys, withdraw the consent in Profiles instead."""
        return invitation_view(await call.run(opt_out, invitation_id))

    return router
