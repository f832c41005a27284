"""The consumer groups of this service on a real broker, for its tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from aiokafka import AIOKafkaProducer
from rapport_chassis.bus import Bus
from rapport_chassis.consumer import Runner
from rapport_chassis.listens import Listens
from rapport_chassis.metrics import Metrics
from rapport_contracts.envelope import Envelope, Headers
from rapport_contracts.event import Event
from rapport_contracts.profiles.identity import CustomerIdentified
from rapport_contracts.vocabulary import IdentifierKind
from rapport_kernel.ids import new_id
from rapport_testing.topics import Topics

from .conftest import Road


@asynccontextmanager
async def listening(road: Road, topics: Topics, listens: Listens, name: str) -> AsyncIterator[None]:
    """One of this service's consumer groups, on topics and under a group name of the test."""
    subscription = next(one for one in listens.subscriptions("interactions") if one.name.endswith(name))
    named = replace(
        subscription, name=topics.name(subscription.name), topics=tuple(topics.name(topic) for topic in subscription.topics)
    )
    runner = Runner(Bus(topics.bootstrap), road.works, named, metrics=Metrics())
    stop = asyncio.Event()
    task = asyncio.create_task(runner.run(stop))
    yield
    stop.set()
    await task


async def send(topics: Topics, topic: str, records: Sequence[tuple[bytes | None, bytes | None, Headers]]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=topics.bootstrap)
    await producer.start()
    try:
        for key, value, headers in records:
            await producer.send_and_wait(topics.name(topic), value, key=key, headers=headers)
    finally:
        await producer.stop()


def record_of(event: Event) -> tuple[bytes, bytes, Headers]:
    envelope = Envelope(new_id(), event.event_type, "profiles", datetime.now(UTC), event.key, 1)
    return str(event.key).encode(), event.write(), envelope.to_headers()


def identified(interaction: UUID, customer: UUID) -> CustomerIdentified:
    return CustomerIdentified(
        customer_id=customer,
        interaction_id=interaction,
        rule=IdentifierKind.PHONE,
        newly_registered=True,
        identified_at=datetime.now(UTC),
    )
