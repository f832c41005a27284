"""A small service for tests of the bus: widgets that are moved, and a reader that writes down every move it is told of.

Also used by child processes (`bus_child.py`), which drills kill.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

import asyncpg
import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from rapport_chassis.actor import Actor
from rapport_chassis.bus import Bus
from rapport_chassis.consumer import Runner, RunnerOptions
from rapport_chassis.database import Database, Limits
from rapport_chassis.keys import KeyRing, Keys
from rapport_chassis.listens import Batch, Listens, Message, Subscription
from rapport_chassis.metrics import Metrics
from rapport_chassis.parked_content import box_of, unseal
from rapport_chassis.relay import Relay, RelayOptions
from rapport_chassis.topic_keeper import TopicKeeper
from rapport_chassis.work import Work, WorkFactory
from rapport_contracts import event as contracts
from rapport_contracts.envelope import Envelope
from rapport_contracts.event import Event
from rapport_contracts.fields import Open
from rapport_kernel.errors import Invalid
from rapport_kernel.ids import new_id
from rapport_testing.history import Fact, History, published
from rapport_testing.topics import dump
from rapport_testing.waiting import eventually
from sqlalchemy import text

KEYS = Keys(KeyRing("master", {1: b"m" * 32}), KeyRing("index", {1: b"i" * 32}))


class Place(StrEnum):
    SHELF = "shelf"
    TABLE = "table"


class WidgetMoved(Event, type="widget.moved.v1", topic="rapport.profiles", key="widget_id"):
    """A widget was moved."""

    widget_id: UUID
    place: Open[Place] = Place.SHELF
    note: str = ""


class WidgetPainted(Event, type="widget.painted.v1", topic="rapport.profiles", key="widget_id"):
    """A widget was painted; the reader does not listen to it."""

    widget_id: UUID


for _test_only in ("widget.moved.v1", "widget.painted.v1"):
    contracts._registry.pop(_test_only)


class Runs(Protocol):
    """A relay or a runner."""

    async def run(self, stop: asyncio.Event) -> None: ...


Running = Callable[..., AbstractAsyncContextManager[None]]
"""`async with running(relay, runner): ...`"""

QUICK = RelayOptions(stale_after=2.0, send_within=10.0, patience=1.0, measure_every=0.2)
OPTIONS = RunnerOptions(poll=0.1, commit_every=0.05, hold_least=0.05, hold_most=0.3, watch_every=0.5, stuck_after=10.0)
ME = Actor.system("test")

TABLES = """
    CREATE TABLE widgets (id uuid PRIMARY KEY, version bigint NOT NULL);
    CREATE TABLE facts (id uuid, key uuid, sequence bigint);
    CREATE TABLE moves (nr bigserial PRIMARY KEY, event_id uuid, widget_id uuid, sequence bigint, place text);
    CREATE FUNCTION remember() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN
                INSERT INTO facts SELECT id, aggregateid, sequence::bigint FROM added
                WHERE NOT EXISTS (SELECT FROM facts f WHERE f.id = added.id);
            END IF;
            RETURN NULL;
        END $$;
    CREATE TRIGGER remember AFTER INSERT ON outbox REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION remember();
"""


async def move(work: Work, widget: UUID, *, place: str = "shelf", note: str = "") -> None:
    """A use case: the row lock of the widget comes before the fact."""
    version = (await work.connection.execute(_BUMP, {"id": widget})).scalar_one()
    work.record(WidgetMoved(widget_id=widget, place=place, note=note), key=widget, sequence=version)


async def write_down(work: Work, messages: Sequence[Message[WidgetMoved]]) -> None:
    """A projection: one statement for a batch. Refuses what it is told to refuse."""
    if any(message.event.note == "refuse" for message in messages):
        raise Invalid("refused-by-test")
    await write_all_down(work, messages)


async def write_all_down(work: Work, messages: Sequence[Message[WidgetMoved]]) -> None:
    """The same, refusing nothing."""
    connection = await work.raw()
    await connection.execute(
        _WRITE_DOWN,
        [message.envelope.id for message in messages],
        [message.event.widget_id for message in messages],
        [message.envelope.sequence for message in messages],
        [str(message.event.place) for message in messages],
    )


async def write_down_one(work: Work, event: WidgetMoved) -> None:
    """The same as a handler of single events."""
    assert work.cause.envelope is not None
    if event.note == "refuse":
        raise Invalid("refused-by-test")
    connection = await work.raw()
    seen = work.cause.envelope
    await connection.execute(_WRITE_DOWN, [seen.id], [event.widget_id], [seen.sequence], [str(event.place)])


@dataclass
class World:
    """A database, a topic, and the parts on them."""

    url: str
    kafka: str
    topic: str
    group: str
    pool: int = 4
    bus: Bus = field(init=False)
    database: Database = field(init=False)
    works: WorkFactory[Work] = field(init=False)
    metrics: Metrics = field(init=False)

    def __post_init__(self) -> None:
        WidgetMoved.topic = WidgetPainted.topic = self.topic
        WidgetMoved.publisher = WidgetPainted.publisher = "widgets"
        self.bus = Bus(self.kafka, client="test", replica="only", session=10.0)
        self.database = Database(self.url, name="test", limits=Limits(pool_size=self.pool))
        self.works = WorkFactory(self.database, Work, source="widgets", keys=KEYS)
        self.metrics = Metrics()

    async def create(self) -> None:
        async with self.database.engine.begin() as connection:
            raw = await connection.get_raw_connection()
            assert raw.driver_connection is not None
            await raw.driver_connection.execute(TABLES)

    def relay(
        self,
        *,
        bus: Bus | None = None,
        options: RelayOptions = QUICK,
        database: Database | None = None,
        topics: TopicKeeper | None = None,
    ) -> Relay:
        return Relay(
            database or self.database,
            bus or self.bus,
            service="widgets",
            metrics=self.metrics,
            wakes=self.works.wakes,
            topics=topics,
            options=options,
        )

    def subscription(self, *, each: bool = False, handler: Any = None) -> Subscription:
        if each:
            listens = Listens(each={WidgetMoved: handler or write_down_one})
        else:
            listens = Listens(batches=[Batch("moves", [WidgetMoved], handler or write_down)])
        made = listens.subscriptions("widgets")[0]
        return Subscription(self.group, made.topics, made.types, made.each, made.batch)

    def runner(
        self,
        subscription: Subscription | None = None,
        *,
        bus: Bus | None = None,
        options: RunnerOptions = OPTIONS,
        topics: TopicKeeper | None = None,
    ) -> Runner[Work]:
        return Runner(
            bus or self.bus,
            self.works,
            subscription or self.subscription(),
            metrics=self.metrics,
            topics=topics,
            options=options,
        )

    async def move(self, widget: UUID, **what: str) -> None:
        async with self.works(ME) as work:
            await move(work, widget, **what)

    async def move_many(self, count: int, widgets: int = 20) -> list[UUID]:
        """Facts of some widgets in one transaction."""
        ids = [new_id() for _ in range(widgets)]
        async with self.works(ME) as work:
            for turn in range(count):
                await move(work, ids[turn % widgets])
        return ids

    async def rows(self, query: str, *values: Any) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.url)
        try:
            found: list[asyncpg.Record] = await connection.fetch(query, *values)
            return found
        finally:
            await connection.close()

    async def value(self, query: str, *values: Any) -> Any:
        return (await self.rows(query, *values))[0][0]

    async def depth(self) -> int:
        return int(await self.value("SELECT count(*) FROM outbox"))

    async def history(self) -> History:
        """What was committed, what is on the topic, what the reader did."""
        facts = [Fact(str(i), str(k), s) for i, k, s in await self.rows("SELECT id, key, sequence FROM facts")]
        effects = [str(row[0]) for row in await self.rows("SELECT event_id FROM moves ORDER BY nr")]
        on_topic = published(await dump(self.kafka, self.topic))
        return History(acked=facts, committed=facts, published=on_topic, effects=effects)

    async def publish(
        self, *records: tuple[bytes | None, bytes | None, list[tuple[str, bytes]]], partition: int = 0
    ) -> None:
        """Put records of any kind on the topic: key, value, headers."""
        producer = AIOKafkaProducer(bootstrap_servers=self.kafka)
        try:
            await producer.start()
            for key, value, headers in records:
                await producer.send_and_wait(self.topic, value, key, partition=partition, headers=headers)
        finally:
            await producer.stop()

    async def parked(self) -> list[dict[str, Any]]:
        """What lies in the park, opened."""
        rows = [dict(row) for row in await self.rows("SELECT * FROM parked WHERE state = 'parked' ORDER BY id")]
        async with self.works(Actor.system("test")) as work:
            box = await box_of(work.vault)
            for row in rows:
                if row["sealed"]:
                    assert box is not None
                    headers, row["value"] = unseal(box, row["value"])
                    row["headers"] = orjson.dumps(headers).decode()
        return rows


def record(
    widget: UUID, sequence: int, *, event_id: UUID | None = None, note: str = "", body: bytes | None = None, when: Any = None
) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """A good record, or one with a body of its own."""
    envelope = Envelope(
        event_id or new_id(),
        "widget.moved.v1",
        "widgets",
        when or datetime.now(UTC),
        widget,
        sequence,
        "system:test",
        new_id(),
    )
    value = body if body is not None else WidgetMoved(widget_id=widget, note=note).write()
    return str(widget).encode(), value, envelope.to_headers()


_BUMP = text(
    """
    INSERT INTO widgets (id, version) VALUES (:id, 1)
    ON CONFLICT (id) DO UPDATE SET version = widgets.version + 1 RETURNING version
    """
)
_WRITE_DOWN = """
    INSERT INTO moves (event_id, widget_id, sequence, place)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[])
"""


async def consumed(world: World, runner, count: int, within: float = 20.0) -> None:
    await eventually(lambda: runner.totals[world.topic, "consumed"] >= count, within=within)


def books_balance(world: World, runner) -> None:
    """N5: consumed = applied + duplicate + ignored + parked."""
    totals = runner.totals
    accounted = sum(totals[world.topic, what] for what in ("applied", "duplicate", "ignored", "parked"))
    assert totals[world.topic, "consumed"] == accounted


async def committed(world: World, group: str) -> dict[int, int]:
    """Committed offsets by partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=world.kafka, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        found = {}
        for partition in range(3):
            found[partition] = await consumer.committed(TopicPartition(world.topic, partition)) or 0
        return found
    finally:
        await consumer.stop()


async def moves_are(world: World, wanted: int) -> bool:
    return await world.value("SELECT count(*) FROM moves") == wanted
