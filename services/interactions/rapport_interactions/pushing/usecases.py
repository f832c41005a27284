"""Take in what a call-centre system pushed, over HTTP or on the topic; durable and deduplicated when it returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

import orjson
from pydantic import Field
from rapport_chassis.work import Recorded
from rapport_contracts.interactions.inbound import CallEvent, ItemResult
from rapport_contracts.interactions.quarantine import InboundEventQuarantined

from rapport_interactions.domain.fold import interaction_id
from rapport_interactions.domain.judge import Judged, Unusable
from rapport_interactions.store.call_events import NewEvent
from rapport_interactions.store.quarantine import NewItem
from rapport_interactions.store.work import InteractionsWork, Seals

CONFLICT = "conflicting-duplicate"


@dataclass(slots=True)
class Taken:
    """What became of one event, as the caller is told. `index` is its place in the batch."""

    index: int
    result: ItemResult
    event_id: Annotated[str | None, Field(description="as sent; null when it could not be read")] = None
    interaction_id: UUID | None = None
    reason: Annotated[str | None, Field(description="code, for a quarantined one")] = None
    where: Annotated[str | None, Field(description="field, for a quarantined one")] = None
    quarantine_id: Annotated[UUID | None, Field(description="read, mend and replay it under this id")] = None


@dataclass(slots=True)
class _Sorted:
    """A batch by what is to be done: events to keep by id (line in the batch, row), later ones with an id of the batch or
    of before, and items for the quarantine.
    """

    fresh: dict[str, tuple[int, CallEvent, NewEvent]] = field(default_factory=dict)
    repeated: list[tuple[int, CallEvent, bytes]] = field(default_factory=list)
    bad: list[tuple[int, Unusable]] = field(default_factory=list)


async def receive_events(work: InteractionsWork, source: str, items: Sequence[Judged]) -> list[Taken]:
    """Keep every usable event once; put aside each one that is not. The answers are in the order of `items`.

    accepted: new. duplicate: kept before, or earlier in this batch, with the same content. late: new, but its call had
    been closed; it amends the call. quarantined: not usable, or another content under an id that is taken.
    At most five statements whatever the size of the batch; folding happens later, elsewhere.
    """
    taken = [Taken(index, ItemResult.ACCEPTED) for index in range(len(items))]
    batch = _sort(items, source, work.seals, taken)
    if batch.fresh:
        await _keep(work, source, batch, taken)
    if batch.repeated:
        await _compare(work, source, batch, taken)
    if batch.bad:
        await _put_aside(work, source, batch.bad, taken)
    return taken


def _sort(items: Sequence[Judged], source: str, seals: Seals, taken: list[Taken]) -> _Sorted:
    batch = _Sorted()
    contacts: dict[str, UUID] = {}
    for line, item in enumerate(items):
        if isinstance(item, Unusable):
            batch.bad.append((line, item))
            continue
        contact = contacts.get(item.call_id)
        if contact is None:
            contact = contacts[item.call_id] = interaction_id(source, item.call_id)
        row = _row(item, contact, seals)
        taken[line].event_id, taken[line].interaction_id = item.event_id, row.interaction_id
        if item.event_id in batch.fresh:
            batch.repeated.append((line, item, row.digest))
        else:
            batch.fresh[item.event_id] = (line, item, row)
    return batch


async def _keep(work: InteractionsWork, source: str, batch: _Sorted, taken: list[Taken]) -> None:
    added = await work.call_events.add(source, [row for _, _, row in batch.fresh.values()])
    for event_id in added.late:
        taken[batch.fresh[event_id][0]].result = ItemResult.LATE
    if len(added.new) < len(batch.fresh):
        batch.repeated += [
            (line, event, row.digest) for line, event, row in batch.fresh.values() if row.event_id not in added.new
        ]


async def _compare(work: InteractionsWork, source: str, batch: _Sorted, taken: list[Taken]) -> None:
    """The same id again is a duplicate only when it says the same."""
    kept = await work.call_events.digests(source, [event.event_id for _, event, _ in batch.repeated])
    for line, event, digest in batch.repeated:
        taken[line].result = ItemResult.DUPLICATE
        if kept[event.event_id] != digest:
            batch.bad.append((line, Unusable(CONFLICT, "event_id", _whole(event))))


def _whole(event: CallEvent) -> bytes:
    """The event as canonical JSON: equal content gives equal bytes."""
    return event.__pydantic_serializer__.to_json(event, exclude_defaults=True)


def _row(event: CallEvent, contact: UUID, seals: Seals) -> NewEvent:
    """The event as it is kept: identifiers apart and sealed."""
    whole = _whole(event)
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


async def _put_aside(work: InteractionsWork, source: str, bad: Sequence[tuple[int, Unusable]], taken: list[Taken]) -> None:
    """Keep the items that cannot be used, and publish those that had not come before."""
    rows = [
        NewItem(item.reason, item.where, line, work.seals.digest(item.reason.encode() + b"\0" + item.raw), item.raw)
        for line, item in bad
    ]
    kept = await work.quarantine.add(source, rows)
    fresh: dict[UUID, InboundEventQuarantined] = {}
    for row in rows:
        place, answer = kept[row.digest], taken[row.line]
        answer.result, answer.quarantine_id = ItemResult.QUARANTINED, place.id
        answer.reason, answer.where = row.reason, row.place or None
        if place.new:
            fresh[place.id] = InboundEventQuarantined(
                quarantine_id=place.id, source=source, reason=row.reason, quarantined_at=work.now
            )
    work.record_many([Recorded(event, key, 1, work.now, work.cause) for key, event in fresh.items()])
