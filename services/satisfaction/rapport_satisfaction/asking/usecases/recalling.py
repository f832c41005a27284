"""What the log says was sent or answered, and the tables have lost: nobody is asked twice after a restore."""

from __future__ import annotations

from collections.abc import Sequence

from rapport_chassis.work import Work
from rapport_contracts.satisfaction.surveys import SurveyInvitationSent, SurveyResponseReceived

from rapport_satisfaction.asking.store.invitations import Invitations
from rapport_satisfaction.asking.store.rules import RulesInForce
from rapport_satisfaction.asking.usecases.invitations import REVIEW


async def know_as_sent(work: Work, facts: Sequence[SurveyInvitationSent]) -> None:
    """These went out. The links that customers have are void: the log has none of them; a reminder gives a new one."""
    found = await work.store(Invitations).get_many([fact.invitation_id for fact in facts], for_update=True)
    gap = (await work.store(RulesInForce).read()).throttle.body.reminder_gap
    for fact in facts:
        invitation = found.get(fact.invitation_id)
        if invitation is not None and invitation.recall_sent(fact, gap):
            await work.timers.set(REVIEW, invitation.id, fact.expires_at)


async def know_as_answered(work: Work, facts: Sequence[SurveyResponseReceived]) -> None:
    """These were answered. What was answered is in the log as far as it is no words, and not in the tables any more."""
    found = await work.store(Invitations).get_many([fact.invitation_id for fact in facts], for_update=True)
    for fact in facts:
        invitation = found.get(fact.invitation_id)
        if invitation is not None and invitation.recall_answered(fact.received_at):
            await work.timers.cancel(REVIEW, invitation.id)
