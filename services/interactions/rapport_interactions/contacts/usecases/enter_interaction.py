"""A contact written down by hand: a visit, a letter, a talk (S34, S36). It becomes an interaction like any other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from rapport_contracts.interactions.inbound import CallEvent, PresentedIdentifier, RecordedSegment, SegmentKind, Step
from rapport_contracts.interactions.vocabulary import Outcome
from rapport_kernel.errors import Invalid
from rapport_kernel.ids import new_id

from rapport_interactions.store.work import InteractionsWork
from rapport_interactions.usecases.fold_calls import fold_now
from rapport_interactions.usecases.link_customers import link_customer
from rapport_interactions.usecases.receive_events import receive_events

BY_HAND = "manual"
"""The source of contacts that people enter."""
SKEW = timedelta(minutes=5)
"""How far the clock of who enters it may be ahead of ours."""
OLDEST = timedelta(days=5 * 366)
"""What is older is a slip of the pen, or pushed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is entered. Times UTC; `note` is free text, kept encrypted; identifiers go to Profiles sealed."""

    channel: str
    direction: str
    mode: str | None
    started_at: datetime
    ended_at: datetime
    agent: str
    queue: str | None = None
    touchpoint: str | None = None
    contact_type: str | None = None
    customer_id: UUID | None = None
    identifiers: tuple[PresentedIdentifier, ...] = ()
    note: str | None = None


def _check_times(entry: Entry, now: datetime) -> None:
    if entry.ended_at < entry.started_at:
        raise Invalid.at("ended_at", "end-before-start", "A contact cannot end before it started.")
    if entry.started_at < now - OLDEST:
        raise Invalid.at("started_at", "too-long-ago", "A contact of more than five years ago is pushed, not entered.")
    if entry.ended_at > now + SKEW:
        raise Invalid.at("ended_at", "in-the-future", "A contact is entered when it is over.")


async def enter_interaction(work: InteractionsWork, entry: Entry) -> UUID:
    """Write it down, fold it and publish it in one transaction; returns its id.

    Raises Invalid `end-before-start`, `too-long-ago`, `in-the-future`: a person can mend that at once, unlike a machine.
    """
    _check_times(entry, work.now)
    reference = str(new_id())
    talk = RecordedSegment(
        kind=SegmentKind.AGENT,
        started_at=entry.started_at,
        ended_at=entry.ended_at,
        queue=entry.queue,
        agent=entry.agent,
    )
    event = CallEvent(
        event_id=reference,
        call_id=reference,
        type=Step.RECORDED,
        occurred_at=entry.started_at,
        channel=entry.channel,
        direction=entry.direction,
        mode=entry.mode,
        contact_type=entry.contact_type,
        touchpoint=entry.touchpoint,
        queue=entry.queue,
        outcome=Outcome.ANSWERED,
        identifiers=list(entry.identifiers),
        segments=[talk],
    )
    (taken,) = await receive_events(work, BY_HAND, [event])
    contact = taken.interaction_id
    assert contact is not None  # noqa: S101 - a fresh id is always taken in
    await fold_now(work, [contact], {})
    if entry.note is not None:
        await work.notes.write(contact, entry.customer_id or contact, entry.note)
    if entry.customer_id is not None:
        await link_customer(work, contact, entry.customer_id, "entered with the contact")
    await work.audit("interaction.enter", f"interaction:{contact}")
    return contact
