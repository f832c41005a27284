"""Checkpoints: a reader finds out by them whether they have everything, and until when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiokafka import ConsumerRecord
from bus_widgets import ME, Running, World
from rapport_chassis.checkpoints import checkpointing
from rapport_chassis.loops import LoopRunner
from rapport_contracts import event as contracts
from rapport_contracts.checkpoints import Checkpoint, checkpoint_id
from rapport_contracts.event import Event
from rapport_contracts.topics import TOPICS, Topic
from rapport_kernel.ids import new_id
from rapport_testing.topics import dump
from rapport_testing.waiting import eventually

DEATHS = 10


class WidgetsCheckpointRecorded(
    Event, Checkpoint, type="widgets-checkpoint.recorded.v1", topic="rapport.profiles", key="checkpoint_id"
):
    """All that the widgets had published."""


KIND = WidgetsCheckpointRecorded.event_type
contracts._registry.pop(KIND)


@pytest.fixture(autouse=True)
def _in_the_catalogue(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Widgets have a public topic and a checkpoint as long as the test lasts."""
    monkeypatch.setitem(TOPICS, world.topic, Topic(world.topic, "widgets", "public", "Widgets.", partitions=3))
    monkeypatch.setitem(contracts._registry, KIND, WidgetsCheckpointRecorded)
    monkeypatch.setattr(WidgetsCheckpointRecorded, "topic", world.topic)


async def record(world: World, **times: timedelta) -> int:
    """One round of the loop."""
    loop = checkpointing("widgets", world.bus, **times)
    assert loop is not None
    return await LoopRunner(world.works, loop).run_once()


async def checkpoints(world: World, number: int) -> list[Checkpoint]:
    """Those on the topic, once there are so many."""

    async def there() -> list[Checkpoint] | None:
        found = [
            WidgetsCheckpointRecorded.read(each.value) for each in await dump(world.kafka, world.topic) if kind(each) == KIND
        ]
        return found if len(found) >= number else None

    return await eventually(there, within=20)


def kind(record: ConsumerRecord) -> str:
    return dict(record.headers)["ce_type"].decode()


def missing(records: Iterable[ConsumerRecord], checkpoint: Checkpoint) -> dict[str, int]:
    """What a reader of the topic lacks, by type: the whole rule that the contracts state."""
    ranges = {(each.topic, each.partition): (each.first_offset, each.next_offset) for each in checkpoint.partitions}
    seen = {}
    for each in records:
        first, end = ranges[each.topic, each.partition]
        if first <= each.offset < end:
            seen[dict(each.headers)["ce_id"]] = kind(each)
    have = Counter(seen.values())
    return {each.type: each.count - have[each.type] for each in checkpoint.types if each.count > have[each.type]}


async def drained(world: World) -> None:
    async def empty() -> bool:
        return await world.depth() == 0

    await eventually(empty, within=30)


async def test_a_reader_who_has_everything_knows_it_and_one_who_lacks_a_record_too(world: World, running: Running) -> None:
    async with running(world.relay()):
        await world.move_many(300)
        await drained(world)
        assert await record(world) == 1
        (first,) = await checkpoints(world, 1)
        assert [(each.topic, each.type, each.count) for each in first.types] == [(world.topic, "widget.moved.v1", 300)]
        assert first.checkpoint_id == checkpoint_id("widgets")
        assert (first.checkpoint_number, first.withheld, [each.first_offset for each in first.partitions]) == (
            1,
            0,
            [0, 0, 0],
        )

        await world.move_many(5)
        await drained(world)
        assert await record(world, busy=timedelta(0)) == 1
        second = (await checkpoints(world, 2))[1]
    records = await dump(world.kafka, world.topic)
    assert missing(records, first) == missing(records, second) == {}
    assert {each.type: each.count for each in second.types} == {"widget.moved.v1": 305, KIND: 1}
    lost = next(each for each in records if kind(each) == "widget.moved.v1")
    assert missing([each for each in records if each is not lost], second) == {"widget.moved.v1": 1}


async def test_what_is_sent_twice_is_counted_once(world: World, running: Running, child: Callable[..., Any]) -> None:
    async with child(role="relay", die="delete", lives=DEATHS, batch=20) as relay:
        for _ in range(40):
            await world.move_many(20)
        await eventually(lambda: relay.deaths >= DEATHS, within=60)
        await drained(world)
        assert await record(world) == 1
        (found,) = await checkpoints(world, 1)
    records = [each for each in await dump(world.kafka, world.topic) if kind(each) != KIND]
    assert len(records) > 800, "nothing was sent twice"
    assert [each.count for each in found.types] == [800]
    assert missing(records, found) == {}


async def test_what_is_still_being_written_holds_the_time_back(world: World, running: Running) -> None:
    async with running(world.relay()):
        await world.move(new_id())
        async with world.works(ME) as open_work:
            began = open_work.now
            await world.move(new_id())
            await drained(world)
            assert await record(world) == 1
            (held,) = await checkpoints(world, 1)
            assert held.complete_until <= began
        await world.move(new_id())
        await drained(world)
        assert await record(world, busy=timedelta(0)) == 1
        later = (await checkpoints(world, 2))[1]
        assert later.complete_until > began - timedelta(seconds=1)
        assert later.complete_until < datetime.now(UTC)


async def test_what_waits_in_the_outbox_holds_the_time_back(world: World, running: Running) -> None:
    async with running(world.relay()):
        await world.move(new_id())
        await drained(world)
    await world.move(new_id())  # nobody sends it
    waits = await world.value("SELECT created_at FROM outbox")
    assert await record(world) == 1
    async with running(world.relay()):
        (found,) = await checkpoints(world, 1)
    assert found.complete_until <= waits
    assert [each.count for each in found.types] == [1]


async def test_what_the_broker_refuses_is_told_of(world: World, running: Running) -> None:
    async with running(world.relay()):
        await world.move(new_id())
        await world.move(new_id(), note="x" * 1_100_000)
        await drained(world)
        assert await record(world) == 1
        (found,) = await checkpoints(world, 1)
    assert (found.withheld, [each.count for each in found.types]) == (1, [1])


async def test_an_installation_that_published_before_counts_from_where_it_is(world: World, running: Running) -> None:
    async with running(world.relay()):
        await world.move_many(50)
        await drained(world)
    await world.rows("DELETE FROM checkpoint")
    await world.rows("DELETE FROM published")  # as the version left it that did not count
    async with running(world.relay()):
        await world.move_many(7)
        await drained(world)
        assert await record(world) == 1
        (found,) = await checkpoints(world, 1)
    records = await dump(world.kafka, world.topic)
    assert sum(each.first_offset for each in found.partitions) == 50
    assert [each.count for each in found.types] == [7]
    assert missing(records, found) == {}
    begins = {each.partition: each.first_offset for each in found.partitions}
    last = [each for each in records if kind(each) == "widget.moved.v1" and each.offset >= begins[each.partition]][-1]
    fresh = [each for each in records if not (each.partition == last.partition and each.offset == last.offset)]
    assert missing(fresh, found) == {"widget.moved.v1": 1}


async def test_it_comes_when_something_was_published_and_seldom_when_nothing_was(world: World, running: Running) -> None:
    assert await record(world) == 0, "nothing was ever sent"
    async with running(world.relay()):
        await world.move(new_id())
        await drained(world)
        assert await record(world) == 1
        await checkpoints(world, 1)
        assert await record(world) == 0
        assert await record(world, busy=timedelta(0)) == 0, "only the checkpoint itself was published"
        await world.move(new_id())
        await drained(world)
        assert await record(world) == 0
        assert await record(world, busy=timedelta(0)) == 1
        await checkpoints(world, 2)
        assert await record(world, busy=timedelta(0), quiet=timedelta(0)) == 1


async def test_without_a_broker_there_is_none(world: World, running: Running) -> None:
    async with running(world.relay()):
        await world.move(new_id())
        await drained(world)
    world.bus.bootstrap = "127.0.0.1:9"
    assert await record(world) == 0
    assert await world.value("SELECT number FROM checkpoint") == 0


def test_a_service_that_declares_none_has_no_loop(world: World) -> None:
    assert checkpointing("gadgets", world.bus) is None
