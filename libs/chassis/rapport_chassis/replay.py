"""Reading the log again from its beginning, to rebuild a projection. Belongs to no group, commits nothing, asks no inbox."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from pydantic import ValidationError
from rapport_contracts.envelope import BadEnvelope, Envelope
from rapport_contracts.event import Event
from rapport_kernel.errors import Conflict

from rapport_chassis.bus import Bus
from rapport_chassis.closing import end_consumer
from rapport_chassis.keys import Keys
from rapport_chassis.listens import Message
from rapport_chassis.observability import get_logger
from rapport_chassis.provenance import about_another, foreign

log = get_logger(__name__)

BATCH = 2000


class IncompleteLog(Conflict):
    """The log does not begin at its beginning: what a rebuild made of it would lack what came before."""

    code = "incomplete-log"


async def replay(
    bus: Bus,
    events: Sequence[type[Event]],
    *,
    keys: Keys | None,
    batch: int = BATCH,
    places: dict[TopicPartition, int] | None = None,
) -> AsyncIterator[list[Message[Any]]]:
    """Every event of these types that is in the log now, in batches, in order per key, as often as it is there.

    Ends at the end of each partition as it was at the call. What a consumer would park is left out. `places` are where to
    begin, and are set to where it ended: called again with them it goes on from there. Raises KafkaError, and IncompleteLog
    for a topic that is not there, or whose beginning is not kept any more.
    """
    places = {} if places is None else places
    wanted = {event.event_type.encode(): event for event in events}
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bus.bootstrap,
        client_id=f"{bus.client}-replay",
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        **bus.security,
    )
    try:
        await consumer.start()
        ends = await _ends(consumer, sorted({event.topic for event in events}), places)
        consumer.assign(list(ends))
        for part in ends:
            consumer.seek(part, places.get(part, 0))
        while ends:
            polled = await consumer.getmany(timeout_ms=500, max_records=batch)
            found = [
                message
                for part, records in polled.items()
                for record in records
                if record.offset < ends.get(part, 0) and (message := _read(record, wanted, keys)) is not None
            ]
            if found:
                yield found
            for part in [part for part in ends if await consumer.position(part) >= ends[part]]:
                places[part] = ends.pop(part)
                consumer.pause(part)
    finally:
        await end_consumer(consumer, within=5)


async def _ends(
    consumer: AIOKafkaConsumer, topics: Sequence[str], places: dict[TopicPartition, int]
) -> dict[TopicPartition, int]:
    """Where each partition ends that has something behind its place. Raises IncompleteLog."""
    parts = []
    for topic in topics:
        await consumer._client.add_topic(topic)  # noqa: SLF001 - partitions of topics that are not subscribed to
        there = consumer.partitions_for_topic(topic)
        if not there:
            raise IncompleteLog(message=f"There is no topic {topic}.")
        parts += [TopicPartition(topic, number) for number in sorted(there)]
    starts, ends = await consumer.beginning_offsets(parts), await consumer.end_offsets(parts)
    for part in parts:
        if starts[part] > places.get(part, 0):
            raise IncompleteLog(
                message=f"Of {part.topic} the first {starts[part]} records of partition {part.partition} are gone."
            )
    return {part: end for part, end in ends.items() if end > places.get(part, 0)}


def _read(record: ConsumerRecord, wanted: dict[bytes, type[Event]], keys: Keys | None) -> Message[Any] | None:
    named = next((value for name, value in record.headers if name == "ce_type"), b"")
    kind = wanted.get(named)
    if kind is None:
        return None
    try:
        envelope = Envelope.from_headers(record.headers)
        event = kind.read(record.value)
        if foreign(kind, kind.topic, record, envelope, keys) is None and not about_another(event, envelope):
            return Message(event, envelope, record.topic, record.partition, record.offset)
    except (BadEnvelope, ValidationError):
        pass
    log.warning("replay.left-out", topic=record.topic, partition=record.partition, offset=record.offset)
    return None
