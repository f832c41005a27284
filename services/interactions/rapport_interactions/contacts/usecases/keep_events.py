"""Keep call events, each of them once, and queue their contacts for folding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import orjson
from rapport_chassis.work import Work
from rapport_contracts.interactions.inbound import CallEvent, ItemResult

from rapport_interactions.contacts.domain.fold import interaction_id
from rapport_interactions.contacts.store.call_events import CallEvents, NewEvent
from rapport_interactions.contacts.store.notes import Seals, seals_of


@dataclass(slots=True)
class Kept:
    """The result and the contact of each event of a batch, in their order.

    ACCEPTED: new. LATE: new, but its call was closed; it amends the call. DUPLICATE: kept before, or earlier in the batch,
    with the same content. QUARANTINED: not kept, since its id is taken by an event with other content.
    """

    results: list[ItemResult]
    contacts: list[UUID] = field(default_factory=list)


async def keep_events(work: Work, source: str, events: Sequence[CallEvent]) -> Kept:
    """Keep the new ones. At most two statements, whatever the size of the batch; folding happens later, elsewhere."""
    kept = Kept([ItemResult.ACCEPTED] * len(events))
    fresh, repeated = _sort(await seals_of(work), source, events, kept)
    store = work.store(CallEvents)
    if fresh:
        added = await store.add(source, [row for _, row in fresh.values()])
        for event_id in added.late:
            kept.results[fresh[event_id][0]] = ItemResult.LATE
        if len(added.new) < len(fresh):
            repeated += [(place, row) for place, row in fresh.values() if row.event_id not in added.new]
    if repeated:
        digests = await store.digests(source, [row.event_id for _, row in repeated])
        for place, row in repeated:
            same = digests[row.event_id] == row.digest
            kept.results[place] = ItemResult.DUPLICATE if same else ItemResult.QUARANTINED
    return kept


def canonical(event: CallEvent) -> bytes:
    """The event as canonical JSON: equal content gives equal bytes."""
    return event.__pydantic_serializer__.to_json(event, exclude_defaults=True)


Rows = list[tuple[int, NewEvent]]
"""Events as they are kept, with their places in the batch."""


def _sort(
    seals: Seals, source: str, events: Sequence[CallEvent], kept: Kept
) -> tuple[dict[str, tuple[int, NewEvent]], Rows]:
    """The first event of each id, and those that repeat an id of the batch. The contacts are noted in `kept`."""
    fresh: dict[str, tuple[int, NewEvent]] = {}
    repeated: Rows = []
    contacts: dict[str, UUID] = {}
    for place, event in enumerate(events):
        contact = contacts.get(event.call_id)
        if contact is None:
            contact = contacts[event.call_id] = interaction_id(source, event.call_id)
        kept.contacts.append(contact)
        row = _row(event, contact, seals)
        if event.event_id in fresh:
            repeated.append((place, row))
        else:
            fresh[event.event_id] = (place, row)
    return fresh, repeated


def _row(event: CallEvent, contact: UUID, seals: Seals) -> NewEvent:
    """The event as it is kept: identifiers apart and sealed."""
    whole = canonical(event)
    data, identifiers = whole, None
    if event.identifiers:
        data = event.__pydantic_serializer__.to_json(event, exclude_defaults=True, exclude={"identifiers"})
        identifiers = orjson.dumps(
            [
                {
                    "kind": found.kind.value,
                    "sealed": seals.seal(contact, found.value),
                    "mark": seals.mark(contact, found.kind.value, found.value),
                }
                for found in event.identifiers
            ]
        ).decode()
    return NewEvent(event.event_id, contact, seals.digest(whole), data.decode(), identifiers)
