"""Fold what was received: read all events of the calls that changed, build each interaction, publish what is new; and time
out those that nobody ended and whose source has been silent for too long, which a late end amends.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from rapport_chassis.actor import Cause
from rapport_chassis.work import Recorded, Work
from rapport_contracts.interactions.contacts import CallerPresented, SealedIdentifier

from rapport_interactions.contacts.domain.announcements import announce
from rapport_interactions.contacts.domain.fold import fold
from rapport_interactions.contacts.domain.interaction import Interaction
from rapport_interactions.contacts.store.call_events import FOLD, CallEvents, StoredCall
from rapport_interactions.contacts.store.interactions import Interactions, Known

ROUND = 4000
"""Entries of the queue in one transaction. Behind a burst, a large round folds a call once for several of its events."""


async def fold_calls(work: Work) -> int:
    """One round; returns how many interactions were folded, 0 when nothing waits. Five statements for any number.

    Queue entries, interactions and published facts change in one transaction: a crash anywhere leaves all as before.
    """
    due = await work.store(CallEvents).take_due(ROUND)
    if due:
        # A batch brings many contacts: what is about one of them is correlated, not what came together.
        causes = {one.interaction_id: Cause(one.interaction_id, traceparent=one.traceparent) for one in due}
        await fold_now(work, [one.interaction_id for one in due], causes)
    return len(due)


async def fold_now(work: Work, ids: Sequence[UUID], causes: Mapping[UUID, Cause]) -> dict[UUID, Interaction]:
    """Fold these interactions in the transaction of `work`: three statements, and one of the outbox; one more when an event
    came late with identifiers that are known already."""
    known = await work.store(Interactions).lock(ids)
    calls = await work.store(CallEvents).of(ids)
    folded: list[tuple[Known, Interaction]] = []
    facts: list[Recorded] = []
    known_callers: list[UUID] = []
    for contact, call in calls.items():
        row = known.get(contact) or Known(contact, call.source, call.call_id)
        now = fold(call.events, row.timed_out_at)
        cause = causes.get(contact, work.cause)
        facts += _public(work, row, now, cause)
        presented = _private(row, now, call, cause)
        facts += presented
        if call.identifiers and not presented and row.customer_id is not None:
            known_callers.append(contact)
        folded.append((row, now))
    if folded:
        await work.store(Interactions).save(folded)
    if known_callers:
        await work.store(CallEvents).forget_identifiers(known_callers)
    work.record_many(facts)
    return {row.id: now for row, now in folded}


def _public(work: Work, row: Known, now: Interaction, cause: Cause) -> list[Recorded]:
    events = announce(
        now,
        row.announced,
        interaction_id=row.id,
        source=row.source,
        customer_id=row.customer_id,
        at=work.now,
    )
    before, row.version = row.version, row.version + len(events)
    return [Recorded(event, row.id, before + place, cause) for place, event in enumerate(events, 1)]


def _private(row: Known, now: Interaction, call: StoredCall, cause: Cause) -> list[Recorded]:
    """Who the caller may be, for Profiles: once, and again only when they present something new."""
    fresh = {found.mark: found for found in call.identifiers if found.mark not in row.presented}
    if not fresh:
        return []
    row.presented |= fresh.keys()
    row.presented_count += 1
    event = CallerPresented(
        interaction_id=row.id,
        channel=now.channel,
        source=row.source,
        identifiers=[SealedIdentifier(kind=found.kind, sealed=found.sealed) for found in fresh.values()],
        presented_at=now.started_at,
    )
    return [Recorded(event, row.id, row.presented_count, cause)]


MOST_STALE = 500
"""Contacts that time out in one transaction."""


def reaper(stale_after: timedelta, settle: timedelta) -> Callable[[Work], Awaitable[int]]:
    """One round of the loop that times contacts out.

    `stale_after`: how long after its last event a contact is stale. `settle`: how long to wait at least after the last
    arrival, so that old calls pushed in several batches are not timed out between two of them.
    """

    async def time_out_calls(work: Work) -> int:
        """Time out a set of stale contacts; the fold that follows publishes `interaction.timed-out`. One statement."""
        timed_out = await work.store(Interactions).time_out(work.now - stale_after, work.now - settle, MOST_STALE)
        if timed_out:
            work.wake(FOLD)
        return timed_out

    return time_out_calls
