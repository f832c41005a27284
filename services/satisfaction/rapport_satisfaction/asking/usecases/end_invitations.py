"""End invitations: what was not answered expires, what was held too long is blocked, customers opt out or are erased."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.timers import Timer
from rapport_chassis.work import Work

from rapport_satisfaction.asking.domain.invitations import ASKED, ERASED, WAITING, Invitation
from rapport_satisfaction.asking.store.invitations import Invitations
from rapport_satisfaction.asking.store.rules import RulesInForce
from rapport_satisfaction.asking.usecases.decide_invitations import REVIEW, decide_invitations


async def review_invitations(work: Work, timers: list[Timer]) -> None:
    """A set whose time has come. An invitation expires at the time it was due, however late this runs."""
    due = {UUID(timer.key): timer.due for timer in timers}
    found = await work.store(Invitations).get_many(due, for_update=True)
    held = [one for one in found.values() if one.state == "held"]
    for invitation in found.values():
        if "expire" in invitation.allowed:
            invitation.expire(due[invitation.id])
    if held:
        await decide_invitations(work, held, await work.store(RulesInForce).read())


async def opt_out(work: Work, invitation_id: UUID) -> Invitation:
    """The gateway reports that the customer does not want this survey, for example by a STOP: void the link and end the
    invitation. Raises NotFound, NotAllowed, VersionConflict."""
    invitation = await work.store(Invitations).get(invitation_id, for_update=True)
    invitation.opt_out("opted-out")
    await work.timers.cancel(REVIEW, invitation.id)
    await work.audit("invitation.opted-out", f"invitation:{invitation.id}")
    return invitation


async def stop_asking(work: Work, customers: list[UUID]) -> None:
    """Before customers are erased: end the invitations that wait or are out, and void their links."""
    for invitation in await work.store(Invitations).waiting_of(customers, [*WAITING, *ASKED]):
        invitation.opt_out(ERASED)
        await work.timers.cancel(REVIEW, invitation.id)
