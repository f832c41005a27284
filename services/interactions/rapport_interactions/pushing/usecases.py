"""Receive what a call-centre system pushed, over HTTP or on the topic; durable and deduplicated when it returns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import Field
from rapport_chassis.alarms import Tally
from rapport_chassis.listens import Record
from rapport_chassis.work import Work
from rapport_contracts.codes import is_code
from rapport_contracts.interactions.inbound import ItemResult

from rapport_interactions.contacts.usecases.keep_events import canonical, keep_events
from rapport_interactions.quarantine.domain import CONFLICT, Judged, Unusable, judge
from rapport_interactions.quarantine.usecases import demand_room, put_aside

PUSHED = Tally(
    "rapport_interactions_pushed",
    "Call events that were pushed, over HTTP or on the topic, by the answer",
    "result",
    tuple(ItemResult),
)
NOBODY = "unknown"
"""The source of a record that names none."""


@dataclass(slots=True)
class Taken:
    """The answer to one event. `index` is its position in the batch."""

    index: int
    result: ItemResult
    event_id: Annotated[str | None, Field(description="as sent; null when it could not be read")] = None
    interaction_id: UUID | None = None
    reason: Annotated[str | None, Field(description="code, for a quarantined one")] = None
    where: Annotated[str | None, Field(description="field, for a quarantined one")] = None
    quarantine_id: Annotated[UUID | None, Field(description="read, mend and replay it under this id")] = None


async def receive_events(work: Work, source: str, items: Sequence[Judged], most: int | None = None) -> list[Taken]:
    """Keep every usable event once; put aside each one that is not. The answers are in the order of `items`.

    accepted: new. duplicate: kept before, or earlier in this batch, with the same content. late: new, but its call was
    closed; it amends the call. quarantined: not usable, or other content under an id that is taken.
    At most five statements whatever the size of the batch, that of the outbox included, and one more when something is not
    usable; folding happens later, elsewhere.

    Raises TooMany `quarantine-full`, and nothing is kept, when an event is not usable and `most` bytes wait already: whoever
    sends keeps them. What comes on the topic has nobody to be told; its broker bounds it.
    """
    if most is not None and any(isinstance(item, Unusable) for item in items):
        await demand_room(work, source, most)
    kept = await keep_events(work, source, [item for item in items if not isinstance(item, Unusable)])
    outcomes = zip(kept.results, kept.contacts, strict=True)
    taken: list[Taken] = []
    bad: list[tuple[int, Unusable]] = []
    for index, item in enumerate(items):
        if isinstance(item, Unusable):
            taken.append(Taken(index, ItemResult.QUARANTINED))
            bad.append((index, item))
            continue
        result, contact = next(outcomes)
        taken.append(Taken(index, result, item.event_id, contact))
        if result is ItemResult.QUARANTINED:
            bad.append((index, Unusable(CONFLICT, "event_id", canonical(item))))
    if bad:
        ids = await put_aside(work, source, bad)
        for (index, item), item_id in zip(bad, ids, strict=True):
            answer = taken[index]
            answer.reason, answer.where, answer.quarantine_id = item.reason, item.where or None, item_id
    for outcome, number in Counter(one.result for one in taken).items():
        work.count(PUSHED, outcome, number)
    return taken


async def take_pushed(work: Work, records: list[Record]) -> None:
    """Records of call-centre systems, one batch for each source, as over HTTP. Others than events are quarantined."""
    by_source: dict[str, list[Judged]] = {}
    for record in records:
        source = _source(record)
        raw = record.value or b""
        item = judge(raw) if source is not None else Unusable("no-source", "", raw)
        by_source.setdefault(source or NOBODY, []).append(item)
    for source, items in by_source.items():
        await receive_events(work, source, items)


def _source(record: Record) -> str | None:
    """The `source` header, when its value can name a source."""
    for name, value in record.headers:
        if name == "source" and value is not None and is_code(source := value.decode("latin-1")):
            return source
    return None
