"""Link contacts to their customers: because Profiles recognised the caller, or because a person says whose contact it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.actor import Cause
from rapport_chassis.bodies import Body
from rapport_chassis.commands import NOTE, SALT, example, seal_text
from rapport_chassis.listens import Message
from rapport_chassis.work import Recorded, Work
from rapport_contracts.fields import CustomerId
from rapport_contracts.interactions.contacts import InteractionLinked
from rapport_contracts.profiles.identity import CustomerIdentified, IdentityConflictResolved
from rapport_kernel.history import Act, HistoryEntry

from rapport_interactions.contacts.domain.life import Contact
from rapport_interactions.contacts.store.interactions import BY_HAND, RESOLVED, Interactions, Link
from rapport_interactions.contacts.store.lists import Contacts
from rapport_interactions.contacts.store.notes import Notes


class LinkCustomer(Body):
    """The customer of a contact, and how you know."""

    model_config = example(
        {"customer_id": "0197a3c0-0000-7000-8000-000000000001", "reason": "They gave their member number."}
    )

    customer_id: CustomerId
    reason: Annotated[str, Field(min_length=1, max_length=500, description="Free text; stored encrypted.")]


async def link_identified(work: Work, messages: list[Message[Any]]) -> None:
    """Apply what Profiles found out about a batch of interactions; for each of them the newest message counts. At most five
    statements, and three more when contacts have notes. An identification does not override the word of a person.
    """
    links: dict[UUID, Link] = {}
    causes: dict[UUID, Cause] = {}
    for message in messages:
        match message.event:
            case CustomerIdentified() as found:
                link = Link(found.interaction_id, found.customer_id, str(found.rule))
            case IdentityConflictResolved(interaction_id=UUID() as contact) as resolved:
                link = Link(contact, resolved.customer_id, RESOLVED)
            case _:
                continue
        links[link.interaction_id] = link
        causes[link.interaction_id] = Cause.of(message.envelope)
    if links:
        await work.store(Interactions).lock(list(links))
        await link_contacts(work, list(links.values()), causes)


async def link_customer(work: Work, interaction_id: UUID, command: LinkCustomer) -> None:
    """A person says whose contact this is (S31). Repeating it changes nothing but the history, which has every statement.
    Raises NotFound, VersionConflict."""
    contact = await work.store(Contacts).get(interaction_id, for_update=True)
    await link_contacts(work, [Link(interaction_id, command.customer_id, BY_HAND)], {})
    await work.store(Contacts).log([linked_entry(contact, await _act(work, contact, command.reason), command.customer_id)])


def linked_entry(contact: Contact, act: Act, customer_id: UUID) -> tuple[UUID, HistoryEntry]:
    """What the history of a contact says when a person links it."""
    detail = {"customer_id": str(customer_id)}
    return contact.id, HistoryEntry("link-customer", contact.state, contact.state, act, detail)


async def link_contacts(work: Work, links: Sequence[Link], causes: Mapping[UUID, Cause]) -> None:
    """Write the links of locked contacts, have their notes follow, and publish those that change something."""
    linked = await work.store(Interactions).link(links)
    if not linked:
        return
    await work.store(Notes).follow({link.interaction_id: link.customer_id for link, _ in linked})
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
                causes.get(link.interaction_id, work.cause),
            )
            for link, version in linked
        ]
    )


async def _act(work: Work, contact: Contact, reason: str) -> Act:
    """The reason is free text, so it is the note. Without it when the key went with the erasure of an earlier customer."""
    act = Act(at=work.now, recorded_at=work.now, by=str(work.actor))
    box = await work.vault.open_for([contact.note_key])
    if box.erased(contact.note_key):
        return act
    note = seal_text(box, contact.note_key, (NOTE, SALT), reason)
    return replace(act, note=note.text, salt=note.salt, digest=note.digest)
