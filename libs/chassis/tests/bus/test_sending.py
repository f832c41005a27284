"""What the broker can say to a record, and what becomes of the record, its key, and the others."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiokafka.client import AIOKafkaClient
from aiokafka.partitioner import murmur2
from aiokafka.protocol.admin import CreateAclsRequest_v1, DeleteAclsRequest_v1
from bus_widgets import ME, QUICK, Running, WidgetMoved, WidgetPainted, World, move
from rapport_chassis import relay as relays
from rapport_chassis.bus import Bus, key_hash
from rapport_chassis.parked import Selection
from rapport_chassis.release import Park
from rapport_chassis.sending import Sender
from rapport_cli.local.kafka import Kafka
from rapport_contracts.topics import Topic
from rapport_kernel.ids import new_id
from rapport_testing.waiting import eventually


async def sent(world: World) -> list[tuple[str, int]]:
    return [(record.key, record.sequence) for record in (await world.history()).published]


async def drained(world: World) -> bool:
    return await world.depth() == 0


def test_keys_go_where_the_java_client_would_send_them() -> None:
    for key in (str(new_id()).encode() for _ in range(500)):
        assert key_hash(key) == murmur2(key) & 0x7FFFFFFF
    for key in (b"", b"a", b"call-17", b"x" * 35, b"x" * 37):
        assert key_hash(key) == murmur2(key) & 0x7FFFFFFF


async def test_a_record_that_is_too_large_is_parked_with_its_key_and_the_others_flow(world: World, running: Running) -> None:
    big, small = new_id(), new_id()
    async with running(world.relay()):
        await world.move(big)
        await world.move(big, note="x" * 1_150_000)
        for _ in range(5):
            await world.move(big)
            await world.move(small)
        await eventually(lambda: _sent(world, small, 5))
        (row,) = await world.parked()
        assert (row["consumer"], row["reason"], row["key"]) == ("relay", "too-large", str(big).encode())
        assert [sequence for key, sequence in await sent(world) if key == str(big)] == [1]
        assert await world.depth() == 5
        # Given up: those that waited behind it go out, in order.
        park = Park(world.works, [])
        assert await park.drop(Selection(id=row["id"]), ME, reason="an attachment in a note") == 1
        assert await park.drop(Selection(id=row["id"]), ME, reason="an attachment in a note") == 0
        await eventually(lambda: drained(world))
    assert [sequence for key, sequence in await sent(world) if key == str(big)] == [1, 3, 4, 5, 6, 7]
    assert world.metrics.relay_failures.labels("widgets", "parked")._value.get() == 1


async def _sent(world: World, widget: Any, count: int) -> bool:
    return len([key for key, _ in await sent(world) if key == str(widget)]) >= count


async def test_the_record_that_spoils_a_batch_is_found_and_only_its_key_is_parked(
    make_world, topics, running: Running
) -> None:
    """The limit of this topic is below the relay's own: the broker refuses the whole batch and does not say why."""
    world = await make_world()
    (world.topic,) = await topics.create("narrow", partitions=1, config={"max.message.bytes": "20000"})
    WidgetMoved.topic = world.topic
    widgets = [new_id() for _ in range(5)]
    async with world.works(ME) as work:
        for turn in range(60):
            note = "".join(str(new_id()) for _ in range(1500)) if turn == 17 else ""  # hard to compress
            await move(work, widgets[turn % 5], note=note)
    async with running(world.relay()):
        await eventually(lambda: _depth(world, 8), within=20)
        (row,) = await world.parked()
        assert row["key"] == str(widgets[17 % 5]).encode()
        assert row["reason"] == "too-large"
    assert len(await sent(world)) == 60 - 1 - 8
    for widget in widgets:
        sequences = [sequence for key, sequence in await sent(world) if key == str(widget)]
        assert sequences == sorted(sequences)
        assert len(sequences) == (3 if str(widget).encode() == row["key"] else 12)


async def _depth(world: World, wanted: int) -> bool:
    return await world.depth() == wanted


async def test_a_missing_topic_holds_its_own_keys_only_parks_nothing_and_goes_on_by_itself(
    world: World, topics, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relays, "SILENCE", 2.0)
    WidgetPainted.topic = topics.name("missing")
    lost, fine = new_id(), new_id()

    async def paint(times: int, first: int = 1) -> None:
        async with world.works(ME) as work:
            for sequence in range(first, first + times):
                work.record(WidgetPainted(widget_id=lost), sequence=sequence)
                work.record(WidgetMoved(widget_id=fine), sequence=sequence)

    await paint(3)
    relay = world.relay()
    async with running(relay):
        await eventually(lambda: _sent(world, fine, 3))
        await eventually(relay.trouble, within=20)
        assert relay.trouble() == f"{topics.name('missing')}: topic-missing"
        await paint(3, first=4)
        await eventually(lambda: _sent(world, fine, 6))
        # The patience of this relay, one second, is over since long.
        assert await world.parked() == []
        assert await world.depth() == 6
        assert world.metrics.relay_failures.labels("widgets", "blocked")._value.get() > 0
        assert world.metrics.registry.get_sample_value("rapport_outbox_oldest_seconds", {"service": "widgets"}) > 1
        await topics.create("missing", partitions=2)
        await eventually(lambda: drained(world), within=20)
        await eventually(lambda: relay.trouble() is None)
    records = [record for record in await topics.dump("missing") if record.key == str(lost).encode()]
    assert [int(dict(record.headers)["ce_sequence"]) for record in records] == [1, 2, 3, 4, 5, 6]
    assert await world.parked() == []


async def test_a_topic_that_is_late_is_waited_for(world: World, topics, running: Running) -> None:
    WidgetMoved.topic = topics.name("late")
    async with running(world.relay(options=replace(QUICK, patience=60))):
        await world.move_many(20)
        depth = "rapport_outbox_depth", {"service": "widgets"}
        await eventually(lambda: world.metrics.registry.get_sample_value(*depth) == 20)
        (world.topic,) = await topics.create("late", partitions=2)
        await eventually(lambda: drained(world), within=20)
    (await world.history()).check()
    assert await world.parked() == []


class Guarded(Kafka):
    """A broker with an authorizer."""

    def _properties(self, controller: int) -> str:
        return super()._properties(controller) + (
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n"
            "allow.everyone.if.no.acl.found=true\n"
        )


@pytest_asyncio.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Kafka]:
    kafka = Guarded(tmp_path / "kafka", say=lambda *_: None)
    await kafka.start()
    yield kafka
    await kafka.stop()


async def acl(bootstrap: str, *, deny: str | None = None, lift: str | None = None) -> None:
    """Deny everybody to write to a topic, or lift that."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    await client.bootstrap()
    topic, literal, write, denied = 2, 3, 4, 2
    try:
        node = client.get_random_node()
        if deny:
            request = CreateAclsRequest_v1([(topic, deny, literal, "User:*", "*", write, denied)])
        else:
            request = DeleteAclsRequest_v1([(topic, lift, literal, "User:*", "*", write, denied)])
        await client.ready(node)
        connection = await client._get_conn(node)
        await connection.send(_Plain(request))
    finally:
        await client.close()


class _Plain:
    """A request of one version, as the connection takes it."""

    def __init__(self, struct_: Any) -> None:
        self._struct = struct_

    def prepare(self, _versions: Any) -> Any:
        return self._struct


async def test_a_denied_topic_parks_nothing_and_is_sent_to_after_the_grant(
    make_world, guarded: Kafka, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relays, "SILENCE", 2.0)
    world = await make_world(kafka=guarded.bootstrap)
    allowed, denied = world.topic, f"{world.topic}.denied"
    await Bus(guarded.bootstrap).ensure_topics([_topic(allowed), _topic(denied)])
    await acl(guarded.bootstrap, deny=denied)
    WidgetPainted.topic = denied
    widget = new_id()

    async def paint(first: int) -> None:
        async with world.works(ME) as work:
            for sequence in range(first, first + 3):
                work.record(WidgetPainted(widget_id=widget), sequence=sequence)
                work.record(WidgetMoved(widget_id=widget), sequence=sequence)

    await paint(1)
    relay = world.relay()
    async with running(relay):
        await eventually(lambda: _sent(world, widget, 3))
        await eventually(lambda: relay.trouble() == f"{denied}: topic-denied", within=20)
        await paint(4)
        await eventually(lambda: _sent(world, widget, 6))
        assert await world.parked() == []
        await acl(guarded.bootstrap, lift=denied)
        await eventually(lambda: drained(world), within=30)
        await eventually(lambda: relay.trouble() is None)
    from rapport_testing.topics import dump

    assert [int(dict(record.headers)["ce_sequence"]) for record in await dump(world.kafka, denied)] == [1, 2, 3, 4, 5, 6]


def _topic(name: str) -> Topic:
    return Topic(name, "widgets", "public", "A topic of a test.", partitions=2)


class Tampered(Bus):
    """A bus whose next producers are spoilt in one way after some batches."""

    spoil: Any = None
    made: list[Any]

    def producer(self) -> Any:
        producer = super().producer()
        self.made = [*getattr(self, "made", []), producer]
        return producer


def _gap_in_numbers(producer: Any) -> None:
    """The broker answers OutOfOrderSequenceNumber."""
    numbers = producer._kafka._txn_manager._sequence_numbers
    for place in list(numbers):
        numbers[place] += 7


def _older_epoch(producer: Any) -> None:
    """The broker answers InvalidProducerEpoch to what comes after a newer epoch."""
    manager = producer._kafka._txn_manager
    manager._pid_and_epoch = manager._pid_and_epoch._replace(epoch=manager._pid_and_epoch.epoch - 1)


def _dead_sender(producer: Any) -> None:
    """The background task of the client is gone; sends are taken and nothing happens."""
    producer._kafka._sender.sender_task.cancel()


def _no_client(producer: Any) -> None:
    """All connections closed under the producer's feet."""
    for connection in list(producer._kafka.client._conns.values()):
        connection.close()


@pytest.mark.parametrize("spoil", [_gap_in_numbers, _older_epoch, _dead_sender, _no_client])
async def test_a_spoilt_producer_is_replaced_without_a_restart(world: World, running: Running, spoil) -> None:
    bus = Tampered(world.kafka, client="test")
    relay = world.relay(bus=bus, options=replace(QUICK, send_within=2.0))
    widgets = [new_id() for _ in range(6)]
    async with running(relay):
        for turn in range(30):
            for widget in widgets:
                await world.move(widget)
            if turn in (10, 20):
                await eventually(lambda: drained(world), within=20)
                spoil(bus.made[-1])
        await eventually(lambda: drained(world), within=30)
        assert relay.leading
    history = await world.history()
    history.check()
    assert len({record.id for record in history.published}) == 180
    assert await world.parked() == []
    assert len(bus.made) >= (1 if spoil is _no_client else 3)


def test_a_record_is_given_up_only_after_long_refusal_while_others_are_taken() -> None:
    """Neither an outage nor a broker that refuses everything is a record's own fault."""
    sender = Sender(Bus("127.0.0.1:9"), within=1.0, patience=0.0)
    held = sender._hold(sender._places, ("a topic", 0), "no-answer")
    away_since = held.since
    sender._taken_at = time.monotonic()
    assert sender._hold(sender._places, ("a topic", 0), "refused-Strange") is held
    assert held.since > away_since
    assert not sender._is_its_own_fault(held)  # nothing was taken since it is refused
    assert sender._hold(sender._places, ("a topic", 0), "refused-Strange").since == held.since
    sender._taken_at = time.monotonic()
    assert sender._is_its_own_fault(held)
    sender._patience = 60.0
    assert not sender._is_its_own_fault(held)


async def test_topics_are_made_once_and_a_refusal_names_the_topic(kafka: str, topics) -> None:
    bus = Bus(kafka)
    wanted = [_topic(topics.name("one")), _topic(topics.name("two"))]
    topics._created += [topic.name for topic in wanted]
    assert sorted(await bus.ensure_topics(wanted)) == sorted(topic.name for topic in wanted)
    assert await bus.ensure_topics(wanted) == []
    with pytest.raises(Exception, match="not-a-topic/at-all"):
        await bus.ensure_topics([_topic("not-a-topic/at-all")])
