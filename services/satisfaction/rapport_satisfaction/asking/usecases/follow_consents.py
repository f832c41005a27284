"""Follow the consents of customers to being asked. Takes sets."""

from __future__ import annotations

from rapport_chassis.listens import Message
from rapport_chassis.work import Work
from rapport_contracts.profiles.consents import ConsentGranted, ConsentWithdrawn
from rapport_contracts.profiles.vocabulary import ConsentPurpose

from rapport_satisfaction.asking.domain.eligibility import CONSENT_WITHDRAWN
from rapport_satisfaction.asking.domain.invitations import ASKED, WAITING
from rapport_satisfaction.asking.store.facts import ANY, ConsentFact, FactStore
from rapport_satisfaction.asking.store.invitations import Invitations
from rapport_satisfaction.asking.store.rules import RulesInForce
from rapport_satisfaction.asking.usecases.invitations import REVIEW, decide_invitations


async def project_consents(work: Work, messages: list[Message[ConsentGranted | ConsentWithdrawn]]) -> None:
    """Store the latest consent of each customer to being asked; nothing else."""
    facts = [_fact(message) for message in messages if message.event.purpose == ConsentPurpose.SURVEY]
    if facts:
        await work.store(FactStore).save_consents(facts)


async def follow_consents(work: Work, messages: list[Message[ConsentGranted | ConsentWithdrawn]]) -> None:
    """Customers who withdraw their consent are not asked any more: waiting invitations are blocked, links become void."""
    about = {message.event.customer_id for message in messages if message.event.purpose == ConsentPurpose.SURVEY}
    if not about:
        return
    rules = await work.store(RulesInForce).read()
    customers = set((await work.store(Invitations).lock_customers(about)).values())
    await project_consents(work, messages)
    consents = await work.store(FactStore).consents(customers)
    found = await work.store(Invitations).waiting_of(customers, [*WAITING, *ASKED])
    for invitation in found:
        if invitation.state in ASKED and consents.refuses(invitation.customer_id, invitation.channel):
            invitation.opt_out(CONSENT_WITHDRAWN)
            await work.timers.cancel(REVIEW, invitation.id)
    await decide_invitations(work, found, rules)


def _fact(message: Message[ConsentGranted | ConsentWithdrawn]) -> ConsentFact:
    event, sequence = message.event, message.envelope.sequence
    channel = ANY if event.channel is None else str(event.channel)
    granted = isinstance(event, ConsentGranted)
    at = event.granted_at if isinstance(event, ConsentGranted) else event.withdrawn_at
    return ConsentFact(event.customer_id, channel, granted, at, sequence)
