"""Topics of one test on the shared broker, under a prefix that no other test has."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from rapport_testing.waiting import eventually


class Topics:
    """`prefix` goes before every topic and group name of the test; what `create` made is deleted at the end."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.prefix = f"t{uuid.uuid4().hex[:10]}."
        self._created: list[str] = []

    def name(self, topic: str) -> str:
        """The name of `topic` (or of a consumer group) in this test."""
        return topic if topic.startswith(self.prefix) else self.prefix + topic

    async def create(self, *topics: str, partitions: int = 3, config: dict[str, str] | None = None) -> list[str]:
        """Create topics; their full names."""
        names = [self.name(topic) for topic in topics]
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            await admin.create_topics(
                [NewTopic(name, partitions, 1, topic_configs=config) for name in names], timeout_ms=10_000
            )
        finally:
            await admin.close()
        self._created += names
        return names

    async def dump(self, *topics: str) -> list[ConsumerRecord]:
        """Every record of these topics from the beginning to the end as it is now, per partition in order."""
        return await dump(self.bootstrap, *(self.name(topic) for topic in topics))

    async def delete(self, *topics: str) -> None:
        """Delete topics with all that is in them, and wait until the broker knows them no more."""
        names = sorted({self.name(topic) for topic in topics})
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            await admin.delete_topics(names)
            await eventually(lambda: _gone(admin, names))
        finally:
            await admin.close()

    async def close(self) -> None:
        """Delete what was created."""
        if self._created:
            await self.delete(*self._created)


async def _gone(admin: AIOKafkaAdminClient, names: list[str]) -> bool:
    return not {each["topic"] for each in await admin.describe_topics()} & set(names)


Reach = str | Mapping[str, Any]
"""A broker as tests reach it: `host:port` of one without users, else what aiokafka's clients are told."""


def reaching(kafka: Reach) -> dict[str, Any]:
    """What aiokafka's clients are told."""
    return {"bootstrap_servers": kafka} if isinstance(kafka, str) else dict(kafka)


async def dump(kafka: Reach, *topics: str) -> list[ConsumerRecord]:
    """Every record of `topics` (full names) up to the end offsets of now. Belongs to no group, commits nothing."""
    parts = await _partitions(kafka, topics)
    consumer = AIOKafkaConsumer(
        **reaching(kafka),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",  # not seek_to_beginning: the reset that follows assign() may overtake it
    )
    await consumer.start()
    try:
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        records: list[ConsumerRecord] = []
        while any([await consumer.position(part) < ends[part] for part in parts]):
            for part, batch in (await consumer.getmany(timeout_ms=200)).items():
                records += [record for record in batch if record.offset < ends[part]]
        return records
    finally:
        await consumer.stop()


async def _partitions(kafka: Reach, topics: tuple[str, ...]) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(**reaching(kafka))
    await admin.start()
    try:
        told = await admin.describe_topics(list(topics))
    finally:
        await admin.close()
    return [TopicPartition(each["topic"], part["partition"]) for each in told for part in each["partitions"]]
