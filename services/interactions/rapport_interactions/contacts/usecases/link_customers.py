"""An interaction gets its customer: because Profiles knew the caller, or because a person said so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from rapport_chassis.actor import Cause
from rapport_chassis.listens import Message
from rapport_chassis.work import Recorded
from rapport_contracts.interactions.contacts import InteractionLinked
from rapport_contracts.profiles.identity import CustomerIdentified, IdentityConflictResolved

from rapport_interactions.store.interactions import BY_HAND, RESOLVED, Link
from rapport_interactions.store.work import InteractionsWork


async def link_identified(work: InteractionsWork, messages: list[Message[Any]]) -> None:
    """Take what Profiles said about a batch of interactions; the last word about each counts. Five statements at most,
    and three more when contacts have notes. A person's own word is not overruled by an identification.
    """
    links: dict[UUID, Link] = {}
    causes: dict[UUID, Cause] = {}
    for message in messages:
        match message.event:
            case CustomerIdentified() as said:
                link = Link(said.interaction_id, said.customer_id, str(said.rule))
            case IdentityConflictResolved(interaction_id=UUID() as contact) as said:
                link = Link(contact, said.customer_id, RESOLVED)
            case _:
                continue
        links[link.interaction_id] = link
        causes[link.interaction_id] = Cause.of(message.envelope)
    if links:
        await work.interactions.lock(list(links))
        await _link(work, list(links.values()), causes)


async def link_customer(work: InteractionsWork, interaction_id: UUID, customer_id: UUID, reason: str) -> None:
    """A person says whose contact this is (S31). Raises NotFound, VersionConflict. Saying it again changes nothing."""
    await work.interactions.lock_one(interaction_id)
    await _link(work, [Link(interaction_id, customer_id, BY_HAND)], {})
    await work.audit(
        "interaction.link-customer", f"interaction:{interaction_id}", reason=reason, detail={"customer_id": str(customer_id)}
    )


async def _link(work: InteractionsWork, links: Sequence[Link], causes: Mapping[UUID, Cause]) -> None:
    linked = await work.interactions.link(links)
    if not linked:
        return
    await work.notes.follow({link.interaction_id: link.customer_id for link, _ in linked})
    work.record_many(
        [
            Recorded(
                InteractionLinked(
                    interaction_id=link.interaction_id,
                    customer_id=link.customer_id,
                    rule=link.rule,
                    linked_at=work.now,
                ),
                link.interaction_id,
                version,
                work.now,
                causes.get(link.interaction_id, work.cause),
            )
            for link, version in linked
        ]
    )
