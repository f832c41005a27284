"""A service that hears of merges, splits and erasures on a real broker, does them, and sends its receipts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaProducer
from rapport_chassis.bus import Bus
from rapport_chassis.consumer import Runner
from rapport_chassis.customers import Customers, listening, looping
from rapport_chassis.listens import Listens
from rapport_chassis.loops import LoopRunner
from rapport_chassis.metrics import Metrics
from rapport_chassis.relay import Relay
from rapport_chassis.service import Service
from rapport_contracts.event import Event
from rapport_contracts.profiles.customers import CustomerErasureRequested, CustomerMerged, CustomerSplit
from rapport_contracts.topics import TOPICS
from rapport_kernel.ids import new_id

from rapport_testing.facts import of_owner, sent
from rapport_testing.topics import Topics, dump
from rapport_testing.waiting import eventually

E = TypeVar("E", bound=Event)
PROFILES = "rapport.profiles"


class Following:
    """What Profiles says, and what the service answers. Made by `following`."""

    def __init__(self, service: Service[Any], topics: Topics) -> None:
        self.service, self.topics = service, topics

    async def say(self, *events: Event) -> None:
        """Publish facts of Profiles."""
        producer = AIOKafkaProducer(bootstrap_servers=self.topics.bootstrap)
        await producer.start()
        try:
            for event in events:
                key, value, headers = sent(event, of_owner(event), self.service.keys)
                await producer.send_and_wait(self.topics.name(event.topic), value, key=key, headers=headers)
        finally:
            await producer.stop()

    async def receipt(self, kind: type[E], key: UUID, number: int = 1) -> E:
        """The receipt of that kind with that key, once it is on the service's topic; the `number`th of its kind."""

        async def there() -> Any:
            records = [each for each in await dump(self.topics.bootstrap, kind.topic) if each.key == str(key).encode()]
            mine = [each for each in records if dict(each.headers)["ce_type"] == kind.event_type.encode()]
            return kind.read(mine[number - 1].value) if len(mine) >= number else None

        found: E = await eventually(there, within=60)
        return found

    async def merge(self, kind: type[E], survivor: UUID, absorbed: UUID) -> tuple[CustomerMerged, dict[str, int]]:
        """Say it and wait for the receipt: the fact, and the rows by table."""
        fact = CustomerMerged(customer_id=survivor, absorbed_id=absorbed, merge_id=new_id(), merged_at=datetime.now(UTC))
        await self.say(fact, fact)
        return fact, rows_of(await self.receipt(kind, fact.merge_id))

    async def split(self, kind: type[E], merge: CustomerMerged, **named: list[UUID]) -> dict[str, int]:
        """Take it back and wait for the receipt: the rows by table."""
        fact = CustomerSplit(
            customer_id=merge.customer_id,
            restored_id=merge.absorbed_id,
            merge_id=merge.merge_id,
            returned=named.get("returned", []),
            kept=named.get("kept", []),
            split_at=datetime.now(UTC),
        )
        await self.say(fact, fact)
        return rows_of(await self.receipt(kind, fact.merge_id))

    async def ask(self, customer: UUID) -> UUID:
        """Say that they are to be forgotten; the id of the erasure."""
        fact = CustomerErasureRequested(customer_id=customer, erasure_id=new_id(), requested_at=datetime.now(UTC))
        await self.say(fact, fact)
        return fact.erasure_id

    async def forget(self, kind: type[E], customer: UUID) -> dict[str, int]:
        """The same, and wait for the receipt: the rows by table."""
        return rows_of(await self.receipt(kind, await self.ask(customer)))


def rows_of(receipt: Any) -> dict[str, int]:
    """The counts of a receipt."""
    return {one.what: one.count for one in receipt.rows}


@asynccontextmanager
async def following(service: Service[Any], topics: Topics) -> AsyncIterator[Following]:
    """The consumer group, the loop and the relay of this service, on topics of the test; receipts go to its real topic."""
    assert service.customers is not None
    await topics.create(PROFILES)
    bus = Bus(topics.bootstrap, client=f"{service.name}-following")
    await bus.ensure_topics([topic for topic in TOPICS.values() if topic.owner == service.name])
    (subscription,) = Listens(batches=[listening(service.customers)]).subscriptions(service.name)
    named = replace(
        subscription, name=topics.name(subscription.name), topics=tuple(topics.name(one) for one in subscription.topics)
    )
    metrics = Metrics()
    relay = Relay(service.database, bus, service=service.name, metrics=metrics, wakes=service.works.wakes)
    loop = LoopRunner(service.works, looping(service.customers))
    parts = (Runner(bus, service.works, named, metrics=metrics), loop, relay)
    async with AsyncExitStack() as stack:
        for part in parts:
            await stack.enter_async_context(_running(part))
        yield Following(service, topics)


@asynccontextmanager
async def _running(part: Any) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(part.run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def without_trigger(db: asyncpg.Connection, customers: Customers) -> list[str]:
    """Tables whose rows are declared to follow and that the migrations gave no trigger for it, or one with another key; and
    tables that have one and are not declared."""
    rows = await db.fetch(
        "SELECT c.relname AS name, t.tgargs AS key FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE t.tgname IN ('customer_follow_insert', 'customer_follow_update')"
    )
    there = sorted((row["name"], row["key"].rstrip(b"\0").decode()) for row in rows)
    wanted = sorted((owned.table.name, owned.key) for owned in customers.followers for _ in range(2))
    return [f"{name}.{key}" for name, key in sorted(set(there) ^ set(wanted))]
