"""From the commit of a fact until somebody who listens has it (P3), at a steady rate.

The product writes each fact in a transaction of its own, as its use cases do; its relay runs beside it, as `rapport up` has
it. The reference produces the same messages to the same broker and is done when an equal consumer has each one.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from rapport_chassis.actor import Actor
from rapport_cli.services import build
from rapport_contracts.envelope import Envelope
from rapport_contracts.interactions.contacts import InteractionQueued
from rapport_contracts.schemas import examples_of
from rapport_contracts.topics import TOPICS
from rapport_testing import eventually
from rapport_testing.databases import Database
from rapport_testing.topics import Topics

from .rounds import Figure, Report, by_turns, ratio

RATE = 200
FACTS = 800
TOPIC = InteractionQueued.topic
ACTOR = Actor.system("bench")
Send = Callable[[UUID], Awaitable[None]]


class Listener:
    """An independent subscriber: a plain client without a group that notes when each key has come."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self.came: dict[UUID, float] = {}
        self.records: list[ConsumerRecord] = []

    async def listen(self) -> None:
        async for record in self._consumer:
            self.came[UUID(record.key.decode())] = time.perf_counter()
            self.records.append(record)


@asynccontextmanager
async def listening(kafka: str, topic: str) -> AsyncIterator[Listener]:
    """From the end as it is now."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False, auto_offset_reset="latest")
    await consumer.start()
    try:
        await consumer._client.add_topic(topic)  # there is no public way to ask without subscribing
        while not (numbers := consumer.partitions_for_topic(topic)):  # just made: not every broker thread knows it yet
            await consumer._client.force_metadata_update()
        parts = [TopicPartition(topic, number) for number in numbers]
        consumer.assign(parts)
        for part, end in (await consumer.end_offsets(parts)).items():
            consumer.seek(part, end)
        listener = Listener(consumer)
        task = asyncio.create_task(listener.listen())
        yield listener
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    finally:
        await consumer.stop()


async def latencies(listener: Listener, send: Send, left: dict[UUID, float]) -> list[float]:
    """Milliseconds from `left` until each has come; `RATE` are sent in a second, however long one takes."""
    keys = [uuid4() for _ in range(FACTS)]
    began = time.perf_counter()
    async with asyncio.TaskGroup() as sending:
        for number, key in enumerate(keys):
            await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
            sending.create_task(send(key))
    await eventually(lambda: all(key in listener.came for key in keys), within=30)
    return sorted((listener.came[key] - left[key]) * 1000 for key in keys)


def part(values: list[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    return values[min(len(values) - 1, int(len(values) * share))]


async def test_from_commit_to_subscriber(database: Database, kafka: str, keys: Path, topics: Topics, report: Report) -> None:
    patient = {"pool_wait": timedelta(minutes=1), "log_level": "warning"}  # a busy machine is slow here, it does not refuse
    service = build("interactions", database_url=database.url, kafka=kafka, keys=keys, **patient)
    await service.buses["worker"].ensure_topics([TOPICS[TOPIC]])
    stop = asyncio.Event()
    running = asyncio.create_task(service.run({"relay"}, stop=stop))
    example = InteractionQueued.model_validate(examples_of(InteractionQueued.event_type)[0])
    left: dict[UUID, float] = {}

    async def commit(key: UUID) -> None:
        async with service.works(ACTOR) as work:
            work.record(example.model_copy(update={"interaction_id": key}), sequence=1, key=key)
        left[key] = time.perf_counter()

    async def relaying() -> bool:
        return all(check.ok for check in await service.ready())

    await eventually(relaying, within=60)
    [beside] = await topics.create("latency", partitions=6)
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", enable_idempotence=True, compression_type="lz4")
    await producer.start()
    seen: dict[str, list[list[float]]] = {"ours": [], "reference": []}
    try:
        async with listening(kafka, TOPIC) as facts, listening(kafka, beside) as messages:
            await commit(warm := uuid4())
            await eventually(lambda: warm in facts.came, within=30)
            like = facts.records[-1]

            async def produce(key: UUID) -> None:
                left[key] = time.perf_counter()
                await producer.send_and_wait(beside, like.value, key=str(key).encode(), headers=list(like.headers))

            async def measured(side: str, listener: Listener, send: Send) -> float:
                found = await latencies(listener, send, left)
                seen[side].append(found)
                return statistics.median(found)

            mine, raw = await by_turns(
                lambda _: measured("ours", facts, commit), lambda _: measured("reference", messages, produce)
            )
    finally:
        await producer.stop()
        stop.set()
        await running
    check(facts.records[-FACTS:])
    for side, rounds in seen.items():
        told = "  ".join(
            f"p{share * 100:g} {statistics.median(part(one, share) for one in rounds[1:]):.2f} ms"
            for share in (0.5, 0.95, 0.99)
        )
        print(f"\n  P3 {side:10} {RATE}/s  {told}", end="")
    says = "commit to subscriber at 200/s, p50, as a multiple of Kafka"
    report.add(Figure("P3", says, ratio(mine, raw), 4.0, False, ours=mine, reference=raw, of="ms p50"))


def check(records: list[Any]) -> None:
    """They are facts as any subscriber reads them."""
    assert len(records) == FACTS
    assert all(Envelope.from_headers(record.headers).type == InteractionQueued.event_type for record in records)
