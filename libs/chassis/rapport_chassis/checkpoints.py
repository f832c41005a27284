"""Checkpoints: a service says how many facts it has published, and up to where, so that readers can know they have all.

The relay counts facts in the statement that takes them out of the outbox (`COUNTED`), so each is counted once, however often
it was sent. A loop publishes the counts as `<service>-checkpoint.recorded`, like any other fact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from rapport_contracts.checkpoints import Checkpoint, PublishedPartition, PublishedType, checkpoint_id
from rapport_contracts.event import Event, registry
from rapport_contracts.topics import TOPICS
from sqlalchemy import text

from rapport_chassis.bus import Bus, Place
from rapport_chassis.loops import Loop
from rapport_chassis.work import Work

BUSY, QUIET = timedelta(minutes=1), timedelta(hours=1)
"""Between two checkpoints: when something was published since the last one, and when nothing was."""
LOOK = timedelta(seconds=10)
"""Between two looks whether one is due."""

COUNTED = """
    WITH sent AS (DELETE FROM outbox WHERE position = ANY($1::bigint[]) RETURNING aggregatetype, type)
    INSERT INTO published (topic, type, n) SELECT aggregatetype, type, count(*) FROM sent GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (topic, type) DO UPDATE SET n = published.n + excluded.n
"""
"""Takes the acknowledged positions ($1) out of the outbox."""


def counted_topics(service: str) -> list[str]:
    """What a service publishes to analysts. What is compacted is not in its checkpoints: it keeps fewer than it counts."""
    return [
        topic.name
        for topic in TOPICS.values()
        if topic.owner == service and topic.visibility == "public" and not topic.compacted
    ]


async def begin(connection: asyncpg.Connection, service: str, bus: Bus) -> bool:
    """Have counting begun before the first fact is counted: an installation that published before this was counted knows
    what lies before. False when the broker does not tell; statements: one when it has begun already."""
    if await connection.fetchval("SELECT EXISTS (SELECT FROM checkpoint)"):
        return True
    ends = await bus.ends(counted_topics(service))
    if ends is None:
        return False
    there = [(topic, partition, offset) for (topic, partition), offset in sorted(ends.items()) if offset]
    async with connection.transaction():
        await connection.executemany("INSERT INTO published_from VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", there)
        await connection.execute("INSERT INTO checkpoint (service) VALUES ($1) ON CONFLICT DO NOTHING", service)
    return True


def checkpointing(service: str, bus: Bus, *, busy: timedelta = BUSY, quiet: timedelta = QUIET) -> Loop | None:
    """The loop that publishes them; None for a service that declares no `<service>-checkpoint.recorded`."""
    kind = registry().get(f"{service}-checkpoint.recorded.v1")
    if kind is None:
        return None
    topics = counted_topics(service)

    async def record(work: Work) -> int:
        due = (await work.connection.execute(_DUE, {"type": kind.event_type, "topics": topics})).one_or_none()
        if due is None or (due.recorded_at is None and not due.total):
            return 0
        pause = busy if due.total > due.published else quiet
        if due.recorded_at is not None and work.now - due.recorded_at < pause:
            return 0
        made = await _checkpoint(work, kind, checkpoint_id(service), topics, bus, due.number + 1)
        if made is None:
            return 0
        work.record(made, sequence=due.number + 1)
        await work.connection.execute(_KEEP, {"number": due.number + 1, "published": due.total, "now": work.now})
        return 1

    return Loop("checkpoint", record, every=LOOK)


async def _checkpoint(
    work: Work, kind: type[Event], key: UUID, topics: Sequence[str], bus: Bus, number: int
) -> Event | None:
    """None when the broker does not tell how far its topics go. The order of the questions is what makes it true: who is
    still writing, then what waits and was counted, then where the topics end."""
    writing: datetime = (await work.connection.execute(_WRITING)).scalar_one()
    waiting = (await work.connection.execute(_WAITING)).one()
    types = (await work.connection.execute(_TYPES, {"topics": list(topics)})).mappings().all()
    first = {(row.topic, row.partition): row.first_offset for row in await work.connection.execute(_FIRST)}
    ends = await bus.ends(topics)
    if ends is None:
        return None
    facts = Checkpoint(
        checkpoint_id=key,
        checkpoint_number=number,
        complete_until=min(writing, waiting.oldest or writing),
        withheld=waiting.withheld,
        types=[PublishedType(**row) for row in types],
        partitions=_partitions(ends, first),
        recorded_at=work.now,
    )
    return kind.model_validate(facts.model_dump())


def _partitions(ends: Mapping[Place, int], first: Mapping[Any, int]) -> list[PublishedPartition]:
    return [
        PublishedPartition(
            topic=topic, partition=partition, first_offset=first.get((topic, partition), 0), next_offset=offset
        )
        for (topic, partition), offset in sorted(ends.items())
    ]


_DUE = text(
    """
    SELECT number, published, recorded_at,
        (SELECT CAST(coalesce(sum(n), 0) AS bigint) FROM published
            WHERE type <> :type AND topic = ANY(:topics)) AS total
    FROM checkpoint
    """
)
# A transaction bears the time at which it began, and its facts are seen when it ends: what is recorded before the oldest
# one that is still open began is all there. It begins a moment before others can see that it has, hence a second less.
_WRITING = text(
    """
    SELECT coalesce(min(xact_start), clock_timestamp()) - interval '1 second' FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
    """
)
_WAITING = text(
    """
    SELECT (SELECT min(created_at) FROM outbox) AS oldest,
        (SELECT count(*) FROM parked WHERE consumer = 'relay' AND state = 'parked') AS withheld
    """
)
_TYPES = text("SELECT topic, type, n AS count FROM published WHERE topic = ANY(:topics) ORDER BY topic, type")
_FIRST = text("SELECT topic, partition, first_offset FROM published_from")
_KEEP = text("UPDATE checkpoint SET number = :number, published = :published, recorded_at = :now")
