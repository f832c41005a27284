"""Proof that projections are what the log says: rebuilt from it they are the same rows, however often and in whatever order
of keys it was written."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaProducer
from rapport_chassis.actor import Actor
from rapport_chassis.bus import Bus
from rapport_chassis.consumer import Runner
from rapport_chassis.customers import listening, looping
from rapport_chassis.listens import Message
from rapport_chassis.loops import LoopRunner
from rapport_chassis.metrics import Metrics
from rapport_chassis.projections import Projection, rebuild
from rapport_chassis.replay import BATCH
from rapport_chassis.service import Service
from rapport_contracts.topics import TOPICS
from sqlalchemy import Table

from rapport_testing.facts import sent
from rapport_testing.topics import Topics, dump
from rapport_testing.waiting import eventually


class Log:
    """The service's consumers of what it projects, on real topics, as groups of the test's own. Made by `consuming`."""

    def __init__(
        self, service: Service[Any], topics: Topics, runners: Sequence[Runner[Any]], db: asyncpg.Connection
    ) -> None:
        self.service, self.db = service, db
        self._topics, self._runners = topics, runners
        self._ids: set[UUID] = set()

    async def publish(self, messages: Sequence[Message[Any]]) -> None:
        """Write to the topics in this order; let the consumers have everything, then rest: the topics are shared."""
        producer = AIOKafkaProducer(bootstrap_servers=self._topics.bootstrap)
        await producer.start()
        try:
            for one in messages:
                self._ids |= {one.envelope.id, one.envelope.subject, *_ids(one.event.model_dump())}
                key, value, headers = sent(one.event, one.envelope, self.service.keys)
                await producer.send_and_wait(one.event.topic, value, key=key, headers=headers)
        finally:
            await producer.stop()
        async with AsyncExitStack() as stack:
            for runner in self._runners:
                await stack.enter_async_context(_running(runner))
            for topic in sorted({one.event.topic for one in messages}):
                there = len(await dump(self._topics.bootstrap, topic))
                for runner in self._runners:
                    if topic in runner._subscription.topics:  # noqa: SLF001
                        await eventually(partial(_had, runner, topic, there), within=60)

    async def digests(self) -> dict[str, str]:
        """A hash over the rows of each projected table that are of what was published here, in the order of their keys."""
        found = {}
        for table in self._tables():
            keys = ", ".join(column.name for column in table.primary_key)
            mine = next(iter(table.primary_key)).name
            rows, content = await self.db.fetchrow(
                f"SELECT count(*), md5(string_agg(t::text, E'\\n' ORDER BY {keys})) FROM {table.name} t"  # noqa: S608
                f" WHERE {mine} = ANY ($1::uuid[])",
                list(self._ids),
            )
            assert rows, f"nothing of the story is in {table.name}"
            found[table.name] = f"{rows} rows, {content}"
        return found

    async def besides(self) -> dict[str, str]:
        """The same for every table that is no projection: what a rebuild has to leave alone. Without the audit trail."""
        ours = {table.name for table in self._tables()} | {"audit", "audit_head"}
        names = [row["relname"] for row in await self.db.fetch(_NAMES) if row["relname"] not in ours]
        return {name: await self.db.fetchval(_CONTENT.format(table=name)) for name in names}

    async def empty(self) -> None:
        """Lose the rows of all projections."""
        await self.db.execute(f"TRUNCATE {', '.join(table.name for table in self._tables())}")

    async def rebuild_all(self, batch: int = BATCH) -> None:
        """Every projection of the service, so many records at once."""
        for projection in self.service.projections:
            await rebuild(self.service, projection, batch=batch)

    async def hear(self, *messages: Message[Any]) -> None:
        """Merges, splits and erasures, with all that they move."""
        assert self.service.customers is not None
        async with self.service.works(Actor.system("test")) as work:
            await listening(self.service.customers).handler(work, list(messages))
        loop = LoopRunner(self.service.works, looping(self.service.customers))
        while await loop.run_once():
            continue

    def _tables(self) -> list[Table]:
        return [table for projection in self.service.projections for table in projection.tables]


async def prove(log: Log, messages: Sequence[Message[Any]], seed: int) -> None:
    """Publish `messages`; then the projections are the same rows when they are rebuilt in place, rebuilt from nothing, told
    everything again in another order of keys with duplicates, and rebuilt out of such a log. Nothing else changes."""
    await log.publish(messages)
    await same_again(log)
    await log.publish(again(messages, Random(seed)))
    await same_again(log)


async def same_again(log: Log) -> None:
    """Rebuilt in place and rebuilt from nothing the projections are the same rows; nothing else changes."""
    before, besides = await log.digests(), await log.besides()
    await log.rebuild_all()
    assert await log.digests() == before
    await log.empty()
    await log.rebuild_all(batch=5)
    assert await log.digests() == before
    after = await log.besides()
    assert {name: (content, after[name]) for name, content in besides.items() if content != after[name]} == {}


def again(messages: Sequence[Message[Any]], dice: Random) -> list[Message[Any]]:
    """The messages with the order kept for each key and no other, some twice in a row, and old ones among newer ones."""
    lanes: dict[UUID, deque[Message[Any]]] = defaultdict(deque)
    for one in messages:
        lanes[one.envelope.subject].append(one)
    told: list[Message[Any]] = []
    while lanes:
        key = dice.choice(list(lanes))
        one = lanes[key].popleft()
        if not lanes[key]:
            del lanes[key]
        told += [one] * dice.choice((1, 1, 2))
        if dice.choice((True, False, False)):
            told.append(dice.choice(told))
    return told


@asynccontextmanager
async def consuming(service: Service[Any], topics: Topics) -> AsyncIterator[Log]:
    """The consumer groups that feed the projections of this service."""
    bus = Bus(topics.bootstrap, client=f"{service.name}-rebuilding")
    wanted = {event for projection in service.projections for event in projection.events}
    await bus.ensure_topics([TOPICS[name] for name in sorted({event.topic for event in wanted})])
    feeding = [one for one in service.subscriptions if _feeds(service.projections, set(one.types))]
    runners = [Runner(bus, service.works, replace(one, name=topics.name(one.name)), metrics=Metrics()) for one in feeding]
    db = await asyncpg.connect(service.database.url)
    try:
        yield Log(service, topics, runners, db)
    finally:
        await db.close()


def _had(runner: Runner[Any], topic: str, records: int) -> bool:
    return runner.totals[topic, "consumed"] >= records


def _feeds(projections: Sequence[Projection], types: set[str]) -> bool:
    return any(types == {event.event_type for event in projection.events} for projection in projections)


@asynccontextmanager
async def _running(runner: Runner[Any]) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(runner.run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


def _ids(value: Any) -> set[UUID]:
    """Every id that an event names, at any depth."""
    match value:
        case UUID():
            return {value}
        case dict():
            return set().union(*map(_ids, value.values()))
        case list():
            return set().union(*map(_ids, value))
        case _:
            return set()


_NAMES = (
    "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
    " AND NOT relispartition ORDER BY 1"
)
_CONTENT = "SELECT count(*) || ' rows, ' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM \"{table}\" t"
