"""Keep what Interactions says about contacts, and give their customers to the complaints that came out of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rapport_chassis.listens import Message
from rapport_contracts.interactions.contacts import InteractionLinked

from rapport_complaints.cases.store.interactions import KnownInteraction
from rapport_complaints.cases.usecases.link_customer import link_customer
from rapport_complaints.work import ComplaintsWork


async def project_interactions(work: ComplaintsWork, messages: list[Message[Any]]) -> dict[UUID, KnownInteraction]:
    """Keep what is said, and nothing else: one statement. Answers what these messages say."""
    known: dict[UUID, KnownInteraction] = {}
    for message in sorted(messages, key=lambda one: one.envelope.sequence):  # one that comes twice may come late
        event = message.event
        each = known.setdefault(event.interaction_id, KnownInteraction(event.interaction_id, 0))
        each.sequence = message.envelope.sequence
        _learn(each, event)
    await work.interactions.put(known.values())
    return known


async def follow_interactions(work: ComplaintsWork, messages: list[Message[Any]]) -> None:
    """Project a batch: one statement for what is known, one to find complaints that wait for a customer."""
    known = await project_interactions(work, messages)
    customers = {each.interaction_id: each.customer_id for each in known.values() if each.customer_id is not None}
    if customers:
        for interaction_id, complaint_ids in (await work.complaints.filed_out_of(customers)).items():
            for complaint_id in complaint_ids:
                await link_customer(work, complaint_id, customers[interaction_id])


def _learn(known: KnownInteraction, event: Any) -> None:
    if isinstance(event, InteractionLinked):
        known.customer_id = event.customer_id
        return
    summary = event.summary
    known.customer_id = summary.customer_id or known.customer_id
    known.touchpoint = summary.touchpoint
    known.channel = str(summary.channel)
    known.last_agent = summary.last_agent
    known.started_at = summary.started_at
