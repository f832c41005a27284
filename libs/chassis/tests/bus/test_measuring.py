"""What metrics say before anything has happened, and once nobody measures any more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bus_widgets import ME, World, record
from prometheus_client import CollectorRegistry
from rapport_chassis import metrics as metrics_module
from rapport_chassis.alarms import Alarm, Tally
from rapport_chassis.bus import Bus
from rapport_chassis.database import Database, Limits
from rapport_chassis.measuring import measuring
from rapport_chassis.metrics import OUTCOMES, Metrics
from rapport_chassis.parked import Reject, park
from rapport_chassis.timer_runner import TimerRunner
from rapport_chassis.work import Work, WorkFactory
from rapport_kernel.errors import Unavailable
from rapport_kernel.ids import new_id
from rapport_testing.waiting import eventually
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

WIDGETS = {"service": "widgets"}


def values(metrics: Metrics, name: str) -> dict[tuple[str, ...], float]:
    """The samples of a metric by their labels but the service."""
    return {
        tuple(value for label, value in sample.labels.items() if label != "service"): sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == name
    }


async def test_a_consumer_tells_zeros_before_its_first_record(world: World) -> None:
    world.runner()
    group, topic = world.group, world.topic
    assert values(world.metrics, "rapport_consumed_total") == {(group, topic): 0}
    assert values(world.metrics, "rapport_settled_total") == {(group, topic, outcome): 0 for outcome in OUTCOMES}
    assert values(world.metrics, "rapport_consumer_faults_total")[group, "gap"] == 0
    assert values(world.metrics, "rapport_consumer_held_seconds") == {(group,): 0}


async def test_a_relay_tells_zeros_before_it_leads(world: World) -> None:
    world.relay()
    assert values(world.metrics, "rapport_relay_leading") == {(): 0}
    assert values(world.metrics, "rapport_relay_failures_total")[("parked",)] == 0
    assert values(world.metrics, "rapport_outbox_oldest_seconds") == {}  # nobody has measured it


async def test_each_kind_of_timer_has_its_zeros(world: World) -> None:
    async def never(*_: Any) -> None: ...

    TimerRunner(world.works, {"widget.due": never}, metrics=world.metrics)
    for name in ("fired", "failed", "parked"):
        assert values(world.metrics, f"rapport_timers_{name}_total") == {("widget.due",): 0}


async def test_a_timer_that_waits_is_late_although_nobody_fires_it(world: World) -> None:
    async def never(*_: Any) -> None: ...

    runner = TimerRunner(world.works, {"widget.due": never}, metrics=world.metrics)
    async with world.works(ME) as work:
        await work.timers.set("widget.due", "1", work.now - timedelta(minutes=3))
    await runner._next()
    assert values(world.metrics, "rapport_timers_late_seconds")[()] >= 180
    await runner.run_once()
    await runner._next()
    assert values(world.metrics, "rapport_timers_late_seconds") == {(): 0}


async def test_the_park_is_told_by_consumer_and_of_the_relay_too(world: World) -> None:
    loop = measuring(world.metrics, "widgets", ["a", "b"])
    async with world.works(ME) as work:
        await loop.round(work)
    assert values(world.metrics, "rapport_parked_open") == {("a",): 0, ("b",): 0, ("relay",): 0}
    assert values(world.metrics, "rapport_timers_parked_open") == {(): 0}
    (used,), (most,) = (
        values(world.metrics, f"rapport_database_{name}").values() for name in ("connections", "connections_most")
    )
    assert 0 < used <= most
    async with world.works(ME) as work:
        for number, consumer in enumerate(("a", "relay", "of-an-older-version")):
            await park(work, consumer, [Reject(world.topic, 0, number, b"key", [], b"{}", "bad-json")])
        await loop.round(work)
    found = values(world.metrics, "rapport_parked_open")
    assert found == {("a",): 1, ("b",): 0, ("relay",): 1, ("of-an-older-version",): 1}


async def test_an_alarm_is_told_by_who_counts_alone_and_not_for_ever(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, registry = 1000.0, CollectorRegistry()
    monkeypatch.setattr(metrics_module.time, "monotonic", lambda: clock)

    async def three(_work: Work) -> int:
        return 3

    loop = Alarm("late", "rapport_widgets_late", "Late widgets", three, timedelta(seconds=30)).loop(registry)
    assert registry.get_sample_value("rapport_widgets_late", WIDGETS) is None
    async with world.works(ME) as work:
        await loop.round(work)
    assert registry.get_sample_value("rapport_widgets_late", WIDGETS) == 3
    clock += 125
    value = registry.get_sample_value("rapport_widgets_late", WIDGETS)
    assert value is not None and value != value  # noqa: PLR0124 - NaN


async def test_a_tally_is_added_to_once_the_work_is_kept(world: World) -> None:
    tally, registry = Tally("rapport_widgets_seen", "Widgets", "result", ("new", "old")), CollectorRegistry()
    works = WorkFactory(world.database, Work, source="widgets", tallies={tally: tally.counter(registry, "widgets")})

    def seen(result: str) -> float | None:
        return registry.get_sample_value("rapport_widgets_seen_total", {**WIDGETS, "result": result})

    assert (seen("new"), seen("old")) == (0, 0)

    async def fail() -> None:
        async with works(ME) as work:
            work.count(tally, "new", 5)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert seen("new") == 0
    async with works(ME) as work:
        work.count(tally, "new", 2)
    async with world.works(ME) as work:
        work.count(tally, "new", 7)  # nobody is told of this one
    assert (seen("new"), seen("old")) == (2, 0)


async def test_what_the_database_refuses_is_counted_by_why(world: World) -> None:
    refused: list[str] = []
    database = Database(world.url, limits=Limits(pool_size=1, pool_wait=timedelta(milliseconds=50)), refused=refused.append)
    connection = await database.connection()
    assert database.in_use() == 1
    with pytest.raises(Unavailable):
        await database.connection()
    assert refused == ["pool-busy"]
    for state in ("53100", "53300", "22012"):
        with pytest.raises(DBAPIError):
            await connection.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$"))
        await connection.rollback()
    await connection.close()
    assert database.in_use() == 0
    await database.close()
    assert refused == ["pool-busy", "disk-full", "no-connection-left"]
    refused.clear()
    nowhere = Database("postgresql://nobody@127.0.0.1:9/none", refused=refused.append)
    with pytest.raises(ConnectionRefusedError):
        await nowhere.connection()
    assert refused == ["away"]


async def test_partitions_that_went_to_another_member_are_not_told_any_more(world: World, running: Any) -> None:
    first, second = (world.runner(bus=Bus(world.kafka, client="test", session=6.0)) for _ in range(2))
    second._metrics = Metrics()

    def told(metrics: Metrics) -> set[str]:
        return {partition for (*_, partition) in values(metrics, "rapport_consumer_lag")}

    await world.publish(record(new_id(), 1))
    async with running(first):
        await eventually(lambda: len(told(world.metrics)) > 1, within=30)
        every = told(world.metrics)
        async with running(second):
            shared = lambda: told(second._metrics) and told(world.metrics) | told(second._metrics) == every  # noqa: E731
            await eventually(shared, within=30)
            assert not told(world.metrics) & told(second._metrics)
