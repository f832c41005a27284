"""Follow what customers say about being asked. Takes sets."""

from __future__ import annotations

from rapport_chassis.listens import Message
from rapport_contracts.profiles import ConsentGranted, ConsentWithdrawn
from rapport_contracts.vocabulary import ConsentPurpose

from rapport_satisfaction.domain.eligibility import CONSENT_WITHDRAWN
from rapport_satisfaction.domain.invitations import ASKED, WAITING
from rapport_satisfaction.store.facts import ANY, ConsentFact
from rapport_satisfaction.store.work import SatisfactionWork
from rapport_satisfaction.usecases.decide_invitations import REVIEW, decide_invitations


async def follow_consents(work: SatisfactionWork, messages: list[Message[ConsentGranted | ConsentWithdrawn]]) -> None:
    """Who takes his consent back is not asked any more: what waits is blocked, links that are out are void."""
    told = [_fact(message.event) for message in messages if message.event.purpose == ConsentPurpose.SURVEY]
    if not told:
        return
    rules = await work.policies.at(work.now)
    present = await work.invitations.lock_customers({fact.customer_id for fact in told})
    customers = set(present.values())
    await work.facts.take_consents(told)
    consents = await work.facts.consents(customers)
    there = await work.invitations.waiting_of(customers, [*WAITING, *ASKED])
    for invitation in there:
        if invitation.state in ASKED and consents.refuses(invitation.customer_id, invitation.channel):
            invitation.opt_out(CONSENT_WITHDRAWN)
            await work.timers.cancel(REVIEW, invitation.id)
    await decide_invitations(work, there, rules)


def _fact(event: ConsentGranted | ConsentWithdrawn) -> ConsentFact:
    channel = ANY if event.channel is None else str(event.channel)
    if isinstance(event, ConsentGranted):
        return ConsentFact(event.customer_id, channel, granted=True, at=event.granted_at)
    return ConsentFact(event.customer_id, channel, granted=False, at=event.withdrawn_at)
