"""Follow what customers say about being asked. Takes sets."""

from __future__ import annotations

from rapport_chassis.listens import Message
from rapport_contracts.profiles.consents import ConsentGranted, ConsentWithdrawn
from rapport_contracts.profiles.vocabulary import ConsentPurpose

from rapport_satisfaction.domain.eligibility import CONSENT_WITHDRAWN
from rapport_satisfaction.domain.invitations import ASKED, WAITING
from rapport_satisfaction.store.facts import ANY, ConsentFact
from rapport_satisfaction.store.work import SatisfactionWork
from rapport_satisfaction.usecases.decide_invitations import REVIEW, decide_invitations


async def project_consents(work: SatisfactionWork, messages: list[Message[ConsentGranted | ConsentWithdrawn]]) -> None:
    """Keep the last word of each customer about being asked; nothing else."""
    told = [_fact(message) for message in messages if message.event.purpose == ConsentPurpose.SURVEY]
    if told:
        await work.facts.take_consents(told)


async def follow_consents(work: SatisfactionWork, messages: list[Message[ConsentGranted | ConsentWithdrawn]]) -> None:
    """Who takes his consent back is not asked any more: what waits is blocked, links that are out are void."""
    about = {message.event.customer_id for message in messages if message.event.purpose == ConsentPurpose.SURVEY}
    if not about:
        return
    rules = await work.policies.at(work.now)
    customers = set((await work.invitations.lock_customers(about)).values())
    await project_consents(work, messages)
    consents = await work.facts.consents(customers)
    there = await work.invitations.waiting_of(customers, [*WAITING, *ASKED])
    for invitation in there:
        if invitation.state in ASKED and consents.refuses(invitation.customer_id, invitation.channel):
            invitation.opt_out(CONSENT_WITHDRAWN)
            await work.timers.cancel(REVIEW, invitation.id)
    await decide_invitations(work, there, rules)


def _fact(message: Message[ConsentGranted | ConsentWithdrawn]) -> ConsentFact:
    event, sequence = message.event, message.envelope.sequence
    channel = ANY if event.channel is None else str(event.channel)
    granted = isinstance(event, ConsentGranted)
    at = event.granted_at if isinstance(event, ConsentGranted) else event.withdrawn_at
    return ConsentFact(event.customer_id, channel, granted, at, sequence)
