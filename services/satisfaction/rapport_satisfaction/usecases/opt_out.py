"""The customer does not want this survey: told by the gateway, for example an answer STOP."""

from __future__ import annotations

from uuid import UUID

from rapport_satisfaction.domain.invitations import Invitation
from rapport_satisfaction.store.work import SatisfactionWork
from rapport_satisfaction.usecases.decide_invitations import REVIEW


async def opt_out(work: SatisfactionWork, invitation_id: UUID) -> Invitation:
    """Void the link and end the invitation. Raises NotFound, NotAllowed, VersionConflict."""
    invitation = await work.invitations.get(invitation_id, for_update=True)
    invitation.opt_out("opted-out")
    await work.timers.cancel(REVIEW, invitation.id)
    await work.audit("invitation.opted-out", f"invitation:{invitation.id}")
    return invitation
