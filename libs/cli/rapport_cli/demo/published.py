"""What the demonstration brought onto the topics, read as any subscriber reads it."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime

from aiokafka.errors import KafkaError
from rapport_contracts.event import registry
from rapport_contracts.topics import TOPICS

from rapport_cli.log import batches, entry_of, partitions_of, reader
from rapport_cli.problems import CommandError

TOPICS_READ = [name for name, topic in TOPICS.items() if topic.visibility == "public"]


def known_types() -> int:
    """How many types of events there are on these topics."""
    return sum(event.topic in TOPICS_READ for event in registry().values())


def types_since(begin: datetime) -> Counter[str] | None:
    """How many events of each type were published since then; None where there is no broker that this command may read."""
    try:
        return asyncio.run(_count(begin))
    except (CommandError, KafkaError):
        return None


async def _count(begin: datetime) -> Counter[str]:
    found: Counter[str] = Counter()
    consumer = reader()
    try:
        await consumer.start()
        partitions = await partitions_of(consumer, TOPICS_READ)
        ends = await consumer.end_offsets(partitions)
        since = await consumer.offsets_for_times(dict.fromkeys(partitions, int(begin.timestamp() * 1000)))
        starts = {each: at.offset if (at := since[each]) else ends[each] for each in partitions}
        async for records in batches(consumer, starts, ends):
            found.update(entry.type for record in records if (entry := entry_of(record)))
    finally:
        await consumer.stop()
    return found
