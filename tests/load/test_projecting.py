"""From Kafka into PostgreSQL (P4): the timeline of Profiles, projected by its consumer, beside a bare copy of the messages.

The reference polls the same topic with the same client in the same batches and copies each message as it is, one transaction
a batch. Both are timed from their first batch, so that joining a group does not count.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import asyncpg
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from rapport_chassis.consumer import Runner
from rapport_chassis.service import Service
from rapport_cli.services import build
from rapport_cli.serving import settle
from rapport_contracts.envelope import Envelope
from rapport_contracts.event import registry
from rapport_contracts.schemas import examples_of
from rapport_kernel.ids import new_id
from rapport_testing import eventually
from rapport_testing.databases import Databases
from rapport_testing.topics import Topics

from .rounds import Figure, Report, by_turns, ratio

MESSAGES = 20_000
BATCH = 500
PARTITIONS = 6
OF_A_CALL = ("interaction.started.v1", "interaction.queued.v1", "interaction.connected.v1", "interaction.completed.v1")
LINKED = "interaction.linked.v1"


@dataclass
class Projecting:
    """The service, its database, and the topic with the messages."""

    service: Service[Any]
    db: asyncpg.Connection
    kafka: str
    topic: str

    async def project(self) -> float:
        """Messages a second, by the consumer as it runs in the service."""
        await self.db.execute("TRUNCATE timeline_entries, timeline_links")
        [timeline] = [one for one in self.service.subscriptions if one.name.endswith(".timeline")]
        types = {name: kind for name, kind in timeline.types.items() if kind.publisher == "interactions"}
        own = replace(timeline, name=f"bench-{uuid4()}", topics=(self.topic,), types=types)
        runner = Runner(self.service.buses["worker"], self.service.works, own, metrics=self.service.metrics)
        stop = asyncio.Event()
        running = asyncio.create_task(runner.run(stop))
        try:
            first = await self.settled(runner, 1)
            began = time.perf_counter()
            await self.settled(runner, MESSAGES)
            seconds = time.perf_counter() - began
        finally:
            stop.set()
            await running
        assert runner.totals[self.topic, "applied"] == MESSAGES, runner.totals
        assert await self.db.fetchval("SELECT count(*) FROM timeline_entries") == MESSAGES
        return (MESSAGES - first) / seconds

    async def settled(self, runner: Runner[Any], least: int) -> int:
        """How many are done, once there are so many."""
        await eventually(lambda: runner.totals[self.topic, "consumed"] >= least, within=120, every=0.01)
        return runner.totals[self.topic, "consumed"]

    async def copy(self) -> float:
        """Messages a second, by the reference."""
        await self.db.execute("TRUNCATE raw_messages")
        consumer = AIOKafkaConsumer(bootstrap_servers=self.kafka, enable_auto_commit=False, auto_offset_reset="earliest")
        await consumer.start()
        try:
            consumer.assign([TopicPartition(self.topic, number) for number in range(PARTITIONS)])
            done = first = 0
            began = 0.0
            while done < MESSAGES:
                polled = await consumer.getmany(timeout_ms=500, max_records=BATCH)
                rows = [(r.partition, r.offset, r.key, r.value) for batch in polled.values() for r in batch]
                if rows:
                    async with self.db.transaction():
                        await self.db.copy_records_to_table("raw_messages", records=rows)
                done += len(rows)
                if not first and done:
                    first, began = done, time.perf_counter()
            return (MESSAGES - first) / (time.perf_counter() - began)
        finally:
            await consumer.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def projecting(databases: Databases, kafka: str, keys: Path, topics: Topics) -> AsyncIterator[Projecting]:
    database = await databases.make(["rapport_profiles.migrations"])
    service = build("profiles", database_url=database.url, kafka=kafka, keys=keys, log_level="warning")
    [topic] = await topics.create("projecting", partitions=PARTITIONS)
    await fill(kafka, topic)
    db = await database.connect()
    await db.execute(
        "CREATE TABLE raw_messages (partition int, offset_ bigint, key bytea, value bytea, PRIMARY KEY (partition, offset_))"
    )
    yield Projecting(service, db, kafka, topic)
    await db.close()
    await service.database.close()
    await databases.drop(database)


async def fill(kafka: str, topic: str) -> None:
    """Contacts as Interactions tells of them: four facts and a link each."""
    kinds = [registry()[name] for name in (*OF_A_CALL, LINKED)]
    examples = [kind.model_validate(examples_of(kind.event_type)[0]) for kind in kinds]
    start = datetime.now(UTC) - timedelta(days=1)
    producer = AIOKafkaProducer(bootstrap_servers=kafka, linger_ms=5, compression_type="lz4")
    await producer.start()
    try:
        for number in range(MESSAGES):
            call, step = divmod(number, len(kinds))
            subject = uuid5(NAMESPACE_URL, f"call-{call}")
            told: dict[str, Any] = {"interaction_id": subject}
            if kinds[step].event_type == LINKED:
                told["customer_id"] = uuid5(NAMESPACE_URL, f"customer-{call % 500}")
            await send(
                producer, topic, subject, examples[step].model_copy(update=told), step + 1, start + timedelta(seconds=number)
            )
        await producer.flush()
    finally:
        await producer.stop()


async def send(producer: AIOKafkaProducer, topic: str, subject: UUID, event: Any, sequence: int, at: datetime) -> None:
    envelope = Envelope(
        id=new_id(),
        type=event.event_type,
        source="interactions",
        subject=subject,
        time=at,
        sequence=sequence,
        actor="system:bench",
    )
    await producer.send(topic, event.model_dump_json().encode(), key=str(subject).encode(), headers=envelope.to_headers())


async def test_projected_from_kafka(projecting: Projecting, report: Report) -> None:
    settle()  # as `rapport serve` does
    mine, raw = await by_turns(lambda _: projecting.project(), lambda _: projecting.copy())
    says = "projected from Kafka, as a part of poll and COPY"
    report.add(Figure("P4", says, ratio(mine, raw), 0.4, True, ours=mine, reference=raw, of="messages/s"))
