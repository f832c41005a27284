"""Contacts by hand: a visit, a letter, a conversation (S34, S36) is entered and becomes an interaction like any other; and
one is read, with its note where the reader may see it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, Field
from rapport_chassis.bodies import Body
from rapport_chassis.commands import example
from rapport_chassis.security.kinds import Kind, seen
from rapport_chassis.work import Work
from rapport_contracts.codes import NewCode, NewStaffId
from rapport_contracts.fields import CustomerId
from rapport_contracts.interactions.inbound import CallEvent, PresentedIdentifier, RecordedSegment, SegmentKind, Step
from rapport_contracts.interactions.vocabulary import ContactMode, ContactOutcome
from rapport_contracts.vocabulary import Channel, Direction
from rapport_kernel.errors import Invalid
from rapport_kernel.history import Act, HistoryEntry
from rapport_kernel.ids import new_id

from rapport_interactions.contacts.domain.life import Contact
from rapport_interactions.contacts.store.interactions import BY_HAND as LINKED_BY_HAND
from rapport_interactions.contacts.store.interactions import Link
from rapport_interactions.contacts.store.lists import Contacts, find_interaction
from rapport_interactions.contacts.store.notes import Notes
from rapport_interactions.contacts.usecases.fold_calls import fold_now
from rapport_interactions.contacts.usecases.keep_events import keep_events
from rapport_interactions.contacts.usecases.link_customers import link_contacts, linked_entry

BY_HAND = "manual"
"""The source of contacts that people enter."""
SKEW = timedelta(minutes=5)
"""How far the clock of the person who enters it may be ahead of ours."""
OLDEST = timedelta(days=5 * 366)
"""Anything older is a typing error, or should be pushed."""


class NewInteraction(Body):
    """A contact to enter. Identifiers are kept sealed, the note encrypted."""

    model_config = example(
        {
            "channel": "store",
            "direction": "inbound",
            "started_at": "2026-03-02T10:00:00+08:00",
            "ended_at": "2026-03-02T10:20:00+08:00",
            "agent": "agent-12",
            "contact_type": "enquiry",
            "note": "Asked about the handover date.",
        }
    )

    channel: Channel
    direction: Direction
    mode: ContactMode | None = None
    started_at: AwareDatetime
    ended_at: AwareDatetime
    agent: NewStaffId
    queue: NewCode | None = None
    touchpoint: NewCode | None = None
    contact_type: NewCode | None = None
    customer_id: CustomerId | None = None
    identifiers: Annotated[list[PresentedIdentifier], Field(max_length=10)] = Field(default_factory=list)
    note: Annotated[str, Field(min_length=1, max_length=4000)] | None = None


async def enter_interaction(work: Work, command: NewInteraction) -> UUID:
    """Write it down, fold it and publish it in one transaction; returns its id.

    Raises Invalid `end-before-start`, `too-long-ago`, `in-the-future`: a person can correct that at once, unlike a machine.
    """
    _check_times(command, work.now)
    (interaction_id,) = (await keep_events(work, BY_HAND, [_record(command)])).contacts
    folded = await fold_now(work, [interaction_id], {})
    contact = Contact(id=interaction_id, state=folded[interaction_id].state, last_at=work.now)
    act = Act(at=work.now, recorded_at=work.now, by=str(work.actor))
    entries = [(interaction_id, HistoryEntry("enter", "", contact.state, act))]
    if command.note is not None:
        await work.store(Notes).write(interaction_id, command.customer_id or interaction_id, command.note)
    if command.customer_id is not None:
        await link_contacts(work, [Link(interaction_id, command.customer_id, LINKED_BY_HAND)], {})
        entries.append(linked_entry(contact, act, command.customer_id))
    await work.store(Contacts).log(entries)
    return interaction_id


def _check_times(command: NewInteraction, now: datetime) -> None:
    if command.ended_at < command.started_at:
        raise Invalid.at("ended_at", "end-before-start")
    if command.started_at < now - OLDEST:
        raise Invalid.at("started_at", "too-long-ago", years=5)
    if command.ended_at > now + SKEW:
        raise Invalid.at("ended_at", "in-the-future")


def _record(command: NewInteraction) -> CallEvent:
    """The contact as a source would report it: one record of a whole call."""
    reference = str(new_id())
    conversation = RecordedSegment(
        kind=SegmentKind.AGENT,
        started_at=command.started_at,
        ended_at=command.ended_at,
        queue=command.queue,
        agent=command.agent,
    )
    return CallEvent(
        event_id=reference,
        call_id=reference,
        type=Step.RECORDED,
        occurred_at=command.started_at,
        channel=command.channel,
        direction=command.direction,
        mode=command.mode,
        contact_type=command.contact_type,
        touchpoint=command.touchpoint,
        queue=command.queue,
        outcome=ContactOutcome.ANSWERED,
        identifiers=command.identifiers,
        segments=[conversation],
    )


@dataclass(frozen=True, slots=True)
class Detail:
    """The row of a contact with its segments; `note` is None when there is none, or the reader may not see it."""

    row: Mapping[str, Any]
    has_note: bool
    note: str | None


async def read_interaction(work: Work, interaction_id: UUID, *, note: bool) -> Detail:
    """One contact. With `note` the note is opened for those who see something of it, which is audited (S115). Raises
    NotFound."""
    row = await find_interaction(work, interaction_id)
    notes = work.store(Notes)
    if not note or not seen(Kind.NOTE, work.actor.level):
        return Detail(row, await notes.exists(interaction_id), None)
    text = await notes.read(interaction_id)
    if text is not None:
        level = work.actor.level
        await work.audit("interaction.read-note", f"interaction:{interaction_id}", detail={"level": level})
    return Detail(row, text is not None, text)
