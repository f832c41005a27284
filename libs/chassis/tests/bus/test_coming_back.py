"""A broker that is away for longer than the watchdog waits: clients are thrown away, nothing dies, nothing lies.

The client's own `stop` raises CancelledError then (https://github.com/aio-libs/aiokafka/issues/647).
"""

from __future__ import annotations

import asyncio
import io
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from bus_widgets import OPTIONS, QUICK, Running, World, consumed, moves_are, record
from rapport_chassis import bus as buses
from rapport_chassis import consumer as consumers
from rapport_chassis import watchdog
from rapport_chassis.bus import Bus
from rapport_chassis.closing import end_consumer
from rapport_chassis.consumer import Runner
from rapport_chassis.observability import configure_logging
from rapport_chassis.work import Work
from rapport_kernel.ids import new_id
from rapport_testing.proxy import FaultProxy
from rapport_testing.waiting import eventually

IMPATIENT = replace(OPTIONS, stuck_after=1.5, commit_within=1.0)


def through(proxy: FaultProxy) -> Bus:
    return Bus(f"127.0.0.1:{proxy.port}", client="test", replica="only", session=10.0)


@pytest_asyncio.fixture
async def left() -> Callable[[], list[str]]:
    """`left()`: what runs in the client library and did not before the test; a request under way ends by itself."""
    before = asyncio.all_tasks()

    def names() -> list[str]:
        found = []
        for task in asyncio.all_tasks() - before:
            code = getattr(task.get_coro(), "cr_code", None)
            if code is not None and "/aiokafka/" in code.co_filename:
                found.append(code.co_name)
        return found

    return names


class Away:
    """Clients whose broker goes away while they read."""

    def __init__(self, world: World, proxy: FaultProxy, caplog: pytest.LogCaptureFixture) -> None:
        self.world, self.proxy, self.caplog = world, proxy, caplog

    @asynccontextmanager
    async def client(self, group: str) -> AsyncIterator[AIOKafkaConsumer]:
        """A client that has read something and then seen its broker go."""
        client = await through(self.proxy).consumer(group, [self.world.topic])
        await self.world.publish(record(new_id(), 1))
        await eventually(lambda: client.getmany(timeout_ms=200))
        await self.proxy.refuse()
        await self.seen()
        yield client
        await self.proxy.accept()

    async def seen(self) -> None:
        """Some fetches have failed."""
        self.caplog.clear()
        await eventually(lambda: self.caplog.text.count("Failed fetch messages") > 3)


@pytest.fixture
def broker_away(world: World, broker_proxy: FaultProxy, caplog: pytest.LogCaptureFixture) -> Away:
    return Away(world, broker_proxy, caplog)


async def test_stop_of_a_client_whose_broker_is_away_is_cancelled_and_ends_not_all(
    world: World, broker_away: Away, left: Callable[[], list[str]]
) -> None:
    """What the library does. Should this fail some day, the library has been mended, and `closing.py` can be shorter."""
    cancelled = 0
    for turn in range(5):
        async with broker_away.client(f"{world.group}-{turn}") as client:
            stopping = asyncio.ensure_future(client.stop())
            await asyncio.wait({stopping}, timeout=20)
            if stopping.cancelled():
                cancelled += 1
                assert "_md_synchronizer" in left()
            await end_consumer(client, within=1)
            assert left() == []
    assert cancelled > 0


async def test_the_end_of_a_client_is_not_the_end_of_who_ends_it(
    world: World, broker_away: Away, left: Callable[[], list[str]]
) -> None:
    for turn in range(5):
        async with broker_away.client(f"{world.group}-{turn}") as client:
            ending = asyncio.ensure_future(end_consumer(client, within=10))
            await asyncio.wait({ending})
            assert not ending.cancelled()
            assert left() == []


async def test_a_cancellation_of_our_own_still_ends_a_reader(
    world: World, broker_away: Away, left: Callable[[], list[str]]
) -> None:
    runner = world.runner(bus=through(broker_away.proxy), options=IMPATIENT)
    running = asyncio.ensure_future(runner.run(asyncio.Event()))
    await world.publish(record(new_id(), 1))
    await consumed(world, runner, 1)
    await broker_away.proxy.refuse()
    await broker_away.seen()
    running.cancel()
    await asyncio.wait({running}, timeout=20)
    assert running.cancelled()
    assert left() == []


def lags(world: World, group: str) -> list[float]:
    """The lag of each partition, as it is told."""
    (family,) = (each for each in world.metrics.registry.collect() if each.name == "rapport_consumer_lag")
    return [sample.value for sample in family.samples if sample.labels["consumer"] == group]


async def test_a_commit_does_not_outlast_the_broker(world: World, broker_away: Away) -> None:
    """The client itself would try for ever: nothing would be read meanwhile, and no rebalance would end."""
    runner = world.runner(options=IMPATIENT)
    async with broker_away.client(world.group) as client:
        place = TopicPartition(world.topic, 0)
        runner._uncommitted = {place: 1}
        await asyncio.wait_for(runner._commit(client), 10)
        assert runner._uncommitted == {place: 1}  # kept for the next time
        await end_consumer(client, within=1)


class Betrayed(Bus):
    """What starts first is met by the CancelledError of a task that is not its own, as a client lets it escape."""

    betrayals = 0

    async def consumer(self, *arguments: Any, **more: Any) -> AIOKafkaConsumer:
        await self._betray()
        return await super().consumer(*arguments, **more)

    async def _betray(self) -> None:
        if not self.betrayals:
            self.betrayals += 1
            theirs = asyncio.ensure_future(asyncio.sleep(60))
            theirs.cancel()
            await theirs


class BetrayedProducers(Betrayed):
    """The same for what sends."""

    def producer(self) -> Any:
        producer = super().producer()
        start = producer.start

        async def betrayed(within: float = 10.0) -> None:
            try:
                await self._betray()
            except asyncio.CancelledError:
                await producer.abandon()
                raise
            await start(within)

        producer.start = betrayed  # type: ignore[method-assign]
        return producer


async def test_a_cancellation_that_nobody_meant_ends_neither_reader_nor_relay(world: World, running: Running) -> None:
    reads, sends = Betrayed(world.kafka, client="test"), BetrayedProducers(world.kafka, client="test")
    runner, relay = world.runner(bus=reads), world.relay(bus=sends)
    async with running(relay, runner):
        await world.move_many(10)
        await consumed(world, runner, 10)
    assert reads.betrayals == sends.betrayals == 1


async def refuses(proxy: FaultProxy) -> None:
    await proxy.refuse()


async def swallows(proxy: FaultProxy) -> None:
    proxy.black_hole = True


@pytest.mark.parametrize("goes", [refuses, swallows])
async def test_readers_come_back_after_an_outage_longer_than_the_patience_of_the_watchdog(
    world: World,
    broker_proxy: FaultProxy,
    left: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    goes: Callable[[FaultProxy], Awaitable[None]],
) -> None:
    for module in (consumers, watchdog):
        monkeypatch.setattr(module, "SILENCE", 1.0)
    monkeypatch.setattr(buses, "START_WITHIN", 2.0)
    groups = [f"{world.group}-{number}" for number in range(3)]
    subscriptions = [replace(world.subscription(), name=group) for group in groups]
    runners = [world.runner(each, bus=through(broker_proxy), options=IMPATIENT) for each in subscriptions]
    stop = asyncio.Event()
    tasks = [asyncio.ensure_future(runner.run(stop)) for runner in runners]
    await world.publish(record(new_id(), 1))
    for runner, group in zip(runners, groups, strict=True):
        await consumed(world, runner, 1)
        await eventually(lambda group=group: lags(world, group) == [0, 0, 0])

    await goes(broker_proxy)
    await eventually(lambda: all(runner.trouble() for runner in runners), within=10)
    for runner in runners:  # each has thrown its client away and cannot make another one, or has died of it
        await eventually(lambda runner=runner: faults(world, runner) >= 2, within=60)
        assert runner.trouble()
    assert [task.done() for task in tasks] == [False, False, False]
    assert [lags(world, group) for group in groups] == [[], [], []]
    if goes is refuses:  # nobody is just trying to start
        assert left() == []

    await world.publish(record(new_id(), 2))
    broker_proxy.black_hole = False
    await broker_proxy.accept()
    for runner, group in zip(runners, groups, strict=True):
        await consumed(world, runner, 2, within=40)
        await eventually(lambda group=group: lags(world, group) == [0, 0, 0])
        assert runner.trouble() is None
        assert runner.clients == 2
    stop.set()
    await asyncio.wait_for(asyncio.gather(*tasks), 30)
    assert left() == []
    assert await moves_are(world, 6)


def faults(world: World, runner: Runner[Work]) -> float:
    """How many clients it has had to throw away, or could not start."""
    labels = {"service": "widgets", "consumer": runner._names[1], "kind": "client"}
    return world.metrics.registry.get_sample_value("rapport_consumer_faults_total", labels) or 0


async def test_a_lag_that_nobody_measures_any_more_is_not_told(
    world: World, broker_proxy: FaultProxy, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client is kept, as its patience is long; the figure of before the outage is too old to be told."""
    from rapport_chassis import metrics

    monkeypatch.setattr(metrics, "FRESH", 1.5)
    runner = world.runner(bus=through(broker_proxy), options=replace(IMPATIENT, stuck_after=60))
    async with running(runner):
        await eventually(lambda: lags(world, world.group) == [0, 0, 0])
        await broker_proxy.refuse()
        await eventually(lambda: [math.isnan(lag) for lag in lags(world, world.group)] == [True] * 3)
        await broker_proxy.accept()
        await eventually(lambda: lags(world, world.group) == [0, 0, 0], within=30)


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """The log of this process, as it would be written."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging("info", stream)
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


async def test_an_outage_is_told_in_a_few_lines(
    world: World, broker_proxy: FaultProxy, running: Running, lines: io.StringIO
) -> None:
    """A relay and two readers for ten seconds, in which all clients are thrown away once."""
    bus = through(broker_proxy)
    readers = [
        world.runner(replace(world.subscription(), name=f"{world.group}-{number}"), bus=bus, options=IMPATIENT)
        for number in range(2)
    ]
    async with running(world.relay(bus=bus, options=QUICK), *readers):
        await world.move_many(10)
        for reader in readers:
            await consumed(world, reader, 10)
        lines.truncate(0)
        await broker_proxy.refuse()
        await world.move_many(10)
        for reader in readers:
            await eventually(lambda reader=reader: "KafkaConnectionError" in str(reader._fault), within=30)
        told = [line for line in lines.getvalue().splitlines() if line.strip()]
        await broker_proxy.accept()
        for reader in readers:
            await consumed(world, reader, 20, within=30)
    assert any("consumer.fault" in line for line in told)
    assert any("relay.fault" in line for line in told)
    assert any("Unable connect to" in line for line in told)
    assert len(told) <= 36, "\n".join(told)
