"""Topics that a broker has lost: made again while the service runs, or waited for, loudly. Nothing is given up for them."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from bus_widgets import OPTIONS, Running, World, consumed, moves_are
from rapport_chassis import bus, relay, topic_keeper
from rapport_chassis.bus import Bus
from rapport_chassis.topic_keeper import TopicKeeper
from rapport_cli.local.kafka import Kafka
from rapport_contracts.topics import Topic
from rapport_testing.history import published
from rapport_testing.topics import Topics, dump
from rapport_testing.waiting import eventually

READS = replace(OPTIONS, stuck_after=3.0, commit_within=1.0)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same times, but shorter."""
    monkeypatch.setattr(bus, "METADATA_AGE_MS", 1000)
    monkeypatch.setattr(relay, "SILENCE", 1.0)
    monkeypatch.setattr(topic_keeper, "SILENCE", 1.0)


def keeper_of(world: World, *, create: bool) -> TopicKeeper:
    topic = Topic(world.topic, "widgets", "public", "A topic of a test.", partitions=3)
    return TopicKeeper(world.bus, [topic], create=create, every=0.3)


async def drained(world: World) -> bool:
    return await world.depth() == 0


async def test_a_topic_that_is_deleted_while_all_run_is_made_again_and_read_from_its_beginning(
    world: World, topics: Topics, running: Running
) -> None:
    keeper = keeper_of(world, create=True)
    sends, reads = world.relay(topics=keeper), world.runner(options=READS, topics=keeper)
    async with running(keeper, sends, reads):
        for turn in range(1, 3):
            await world.move_many(30)
            await consumed(world, reads, 30 * turn, within=40)
            await topics.delete(world.topic)
            await world.move_many(3)  # fewer than there were: old offsets lie behind the end of the new log
            await eventually(lambda: drained(world), within=60)
            await eventually(lambda turn=turn: moves_are(world, 33 * turn), within=40)
            reads.totals[world.topic, "consumed"] = 30 * turn
    assert await world.parked() == []
    facts = await world.value("SELECT count(*) FROM facts")
    effects = [str(row[0]) for row in await world.rows("SELECT event_id FROM moves")]
    assert len(effects) == len(set(effects)) == facts == 66
    assert keeper.trouble() is None


async def test_without_leave_to_make_topics_all_wait_and_say_so_and_go_on_by_themselves(
    world: World, topics: Topics, running: Running
) -> None:
    keeper = keeper_of(world, create=False)
    sends, reads = world.relay(topics=keeper), world.runner(options=READS, topics=keeper)
    await topics.delete(world.topic)
    async with running(keeper, sends, reads):
        await world.move_many(30)
        await eventually(lambda: keeper.trouble() == f"missing topics: {world.topic}", within=20)
        await eventually(lambda: sends.trouble() == f"{world.topic}: missing topics", within=20)
        await eventually(lambda: reads._fault and reads._fault[1] == f"missing topics: {world.topic}")
        assert reads.clients == 0
        assert await world.depth() == 30
        await topics.create(world.topic, partitions=3)
        await eventually(lambda: moves_are(world, 30), within=30)
        await eventually(lambda: not (keeper.trouble() or sends.trouble() or reads.trouble()), within=20)
        # Taken away while all run: the same again.
        await topics.delete(world.topic)
        await world.move_many(30)
        await eventually(keeper.trouble, within=20)
        await eventually(sends.trouble, within=60)
        await topics.create(world.topic, partitions=3)
        await eventually(lambda: moves_are(world, 60), within=40)
        await eventually(lambda: not (keeper.trouble() or sends.trouble() or reads.trouble()), within=20)
    assert await world.parked() == []


@pytest_asyncio.fixture
async def own(tmp_path: Path) -> AsyncIterator[Kafka]:
    """A broker that nobody else uses: to be robbed of its disk."""
    kafka = Kafka(tmp_path / "kafka", say=lambda *_: None)
    await kafka.start()
    yield kafka
    await kafka.stop()


async def test_a_broker_that_comes_back_empty_is_used_as_if_it_were_new(make_world, own: Kafka, running: Running) -> None:
    world = await make_world(kafka=own.bootstrap)
    world.bus = Bus(own.bootstrap, client="test", replica="only", session=10.0)
    keeper = keeper_of(world, create=True)
    sends, reads = world.relay(topics=keeper), world.runner(options=READS, topics=keeper)
    async with running(keeper, sends, reads):
        await world.move_many(200)
        await consumed(world, reads, 200, within=30)
        before = published(await dump(own.bootstrap, world.topic))
        await own.stop()
        shutil.rmtree(own.data)
        await world.move_many(50)
        await own.start()
        await world.move_many(50)
        await eventually(lambda: moves_are(world, 300), within=60)
        await eventually(lambda: drained(world), within=20)
        await eventually(lambda: not (keeper.trouble() or sends.trouble() or reads.trouble()), within=20)
    history = await world.history()
    history.published = [*before, *history.published]
    written = {record.id for record in history.published}
    assert written == {fact.id for fact in history.committed}
    assert len(history.effects) == len(set(history.effects)) == 300
    assert await world.parked() == []


async def test_a_keeper_says_what_it_cannot_see_or_make(kafka: str, topics: Topics) -> None:
    stop = asyncio.Event()
    nowhere = TopicKeeper(Bus("127.0.0.1:9"), [Topic("a", "widgets", "public", "A topic.")], create=True)
    running = asyncio.ensure_future(nowhere.run(stop))
    await eventually(lambda: nowhere.trouble() == "the broker does not answer (KafkaConnectionError): a")
    impossible = Topic("not-a-topic/at-all", "widgets", "public", "A topic.")
    there = Topic(topics.name("there"), "widgets", "public", "A topic.", partitions=2)
    refused = TopicKeeper(Bus(kafka), [impossible, there], create=True)
    also = asyncio.ensure_future(refused.run(stop))
    await eventually(lambda: "cannot be made (InvalidTopicError)" in str(refused.trouble()))
    stop.set()
    await asyncio.gather(running, also)
