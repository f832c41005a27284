"""Reading the topics from outside, as any subscriber does: without a group, leaving no trace on the broker."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError
from rapport_chassis.broker import BrokerSettings
from rapport_contracts.envelope import BadEnvelope, Envelope
from rapport_contracts.fields import written

from rapport_cli.local.home import Home
from rapport_cli.local.users import settings_of_reader
from rapport_cli.problems import REFUSED, UNREACHABLE, USAGE, CommandError
from rapport_cli.services import read_settings

SUBJECTS = ("interaction_id", "complaint_id", "invitation_id", "follow_up_id", "conflict_id")


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of the log. `ids` are all ids it names, `subjects` those of them that are not a customer."""

    id: UUID
    type: str
    time: datetime
    topic: str
    partition: int
    offset: int
    envelope: Envelope
    data: dict[str, Any]

    @property
    def subjects(self) -> set[str]:
        """The contact, complaint, invitation or case that it is about."""
        return {self.data[name] for name in SUBJECTS if self.data.get(name)}

    @property
    def ids(self) -> set[str]:
        """The subjects and the customer."""
        customer = self.data.get("customer_id") or (self.data.get("summary") or {}).get("customer_id")
        return self.subjects | ({customer} if customer else set())

    def as_dict(self) -> dict[str, Any]:
        """For JSON output."""
        e = self.envelope
        return {
            "id": e.id, "type": e.type, "time": written(e.time), "source": e.source, "subject": e.subject,
            "sequence": e.sequence, "actor": e.actor, "correlation_id": e.correlation_id, "causation_id": e.causation_id,
            "topic": self.topic, "partition": self.partition, "offset": self.offset, "data": self.data,
        }  # fmt: skip


Consider = Callable[[Entry], Awaitable[None]]


def broker() -> BrokerSettings:
    """Where Kafka is, and who comes: `RAPPORT_KAFKA*`, else what the local installation says. Raises CommandError."""
    if os.environ.get("RAPPORT_KAFKA"):
        return read_settings(BrokerSettings)
    running = Home.find().running()
    if running is None:
        raise CommandError("no broker: set RAPPORT_KAFKA (host:port), or start a local installation (make run)", USAGE)
    if not running.kafka_user:
        return BrokerSettings(kafka=running.kafka)
    return BrokerSettings(**settings_of_reader(running.kafka, running.kafka_user, running.kafka_password))


def reader() -> AIOKafkaConsumer:
    """A consumer of that broker without a group, not started. Raises CommandError."""
    settings = broker()
    return AIOKafkaConsumer(
        bootstrap_servers=settings.kafka,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        **settings.client_security(),
    )


def refused(error: KafkaError) -> CommandError:
    """What the broker's answer means to whoever runs the command."""
    if isinstance(error, TopicAuthorizationFailedError):
        return CommandError(f"the broker does not let this user read that ({error})", REFUSED)
    return CommandError(f"the broker does not answer ({type(error).__name__})", UNREACHABLE)


async def scan(topics: list[str], consider: Consider) -> None:
    """Every event from the start to the end as it is now, then return."""
    await follow(topics, consider, from_start=True, stop_at_end=True)


async def follow(topics: list[str], consider: Consider, *, from_start: bool, stop_at_end: bool) -> None:
    """Hand over events as they come, in order per key; with `stop_at_end` until the end as it is now.

    Records that are no events of ours are passed over: that a service parked them is told by `rapport parked`.
    """
    consumer = reader()
    try:
        await consumer.start()
        partitions = await partitions_of(consumer, topics)
        ends = await consumer.end_offsets(partitions)
        starts = await consumer.beginning_offsets(partitions) if from_start else ends
        async for records in batches(consumer, starts, ends if stop_at_end else None):
            for record in records:
                entry = entry_of(record)
                if entry is not None:
                    await consider(entry)
    except KafkaError as error:
        raise refused(error) from None
    finally:
        await consumer.stop()


async def batches(
    consumer: AIOKafkaConsumer, starts: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int] | None
) -> AsyncIterator[list[ConsumerRecord]]:
    """Records from these offsets on, each batch in the order of time; up to `ends` and not beyond, or for ever."""
    consumer.assign(list(starts))
    for partition, offset in starts.items():
        consumer.seek(partition, offset)
    left = {partition for partition, offset in starts.items() if ends is None or offset < ends[partition]}
    while left:
        found = await consumer.getmany(*left, timeout_ms=500, max_records=1_000)
        records = [
            each for partition, batch in found.items() for each in batch if ends is None or each.offset < ends[partition]
        ]
        yield sorted(records, key=lambda each: each.timestamp)
        if ends is not None:
            left = {partition for partition in left if await consumer.position(partition) < ends[partition]}


async def partitions_of(consumer: AIOKafkaConsumer, topics: Iterable[str]) -> list[TopicPartition]:
    """All partitions of these topics; none of a topic that is not there."""
    return [TopicPartition(t, p) for t in topics for p in sorted(consumer.partitions_for_topic(t) or await _of(consumer, t))]


async def _of(consumer: AIOKafkaConsumer, topic: str) -> set[int]:
    """The partitions of a topic that the client has not heard of yet. Raises TopicAuthorizationFailedError."""
    await consumer._client.add_topic(topic)  # noqa: SLF001 - the client has no public way to ask without subscribing
    if topic in consumer._client.cluster.unauthorized_topics:  # noqa: SLF001 - likewise
        raise TopicAuthorizationFailedError(topic)
    return consumer.partitions_for_topic(topic) or set()


def entry_of(record: ConsumerRecord) -> Entry | None:
    """The event of a record; None when it is no event of ours."""
    try:
        envelope = Envelope.from_headers(record.headers)
        data = json.loads(record.value)
    except (BadEnvelope, ValueError, TypeError):
        return None
    return Entry(envelope.id, envelope.type, envelope.time, record.topic, record.partition, record.offset, envelope, data)
