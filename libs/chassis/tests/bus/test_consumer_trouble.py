"""Failures that pass: of a handler, the database, the broker, a race. Nothing is parked, skipped or applied twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import asyncpg
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from bus_widgets import (
    OPTIONS,
    Running,
    WidgetMoved,
    World,
    books_balance,
    committed,
    consumed,
    moves_are,
    record,
    write_down,
)
from rapport_chassis import bus
from rapport_chassis.bus import Bus
from rapport_chassis.consumer import Runner
from rapport_chassis.listens import Message
from rapport_chassis.work import Work
from rapport_kernel.errors import VersionConflict
from rapport_kernel.ids import new_id
from rapport_testing.waiting import eventually
from sqlalchemy.exc import DBAPIError, OperationalError


async def test_a_passing_failure_holds_the_batch_and_parks_and_skips_nothing(world: World, running: Running) -> None:
    tries = 0

    async def away_for_a_while(work, messages) -> None:
        nonlocal tries
        tries += 1
        if tries <= 6:
            raise OperationalError("SELECT 1", {}, ConnectionRefusedError("gone"))
        await write_down(work, messages)

    runner = world.runner(world.subscription(handler=away_for_a_while))
    async with running(runner):
        await world.publish(*(record(new_id(), 1) for _ in range(20)))
        await eventually(lambda: tries >= 3)
        assert sum((await committed(world, world.group)).values()) == 0
        await world.publish(*(record(new_id(), 1) for _ in range(20)), partition=1)
        await consumed(world, runner, 40)
    assert await world.parked() == []
    assert runner.clients == 1
    assert len(await world.rows("SELECT FROM moves")) == 40
    books_balance(world, runner)


async def test_a_member_that_joins_while_a_batch_is_held_costs_no_record(world: World, running: Running) -> None:
    """Who holds a batch polls to keep his place; what the poll brings of partitions that came meanwhile is read again."""
    away, refused = True, 0

    async def away_for_a_while(work: Work, messages: list[Message[WidgetMoved]]) -> None:
        nonlocal refused
        if away:
            refused += 1
            raise OperationalError("SELECT 1", {}, ConnectionRefusedError("gone"))
        await write_down(work, messages)

    def member() -> Runner[Work]:
        patient = replace(OPTIONS, hold_least=1.0, hold_most=1.0)  # so long that a rebalance falls into such a poll
        own = Bus(world.kafka, client="test", session=6.0)
        return world.runner(world.subscription(handler=away_for_a_while), bus=own, options=patient)

    first = member()
    for partition in range(3):
        await world.publish(*(record(new_id(), 1) for _ in range(30)), partition=partition)
    async with running(first):
        await eventually(lambda: refused >= 1)
        async with running(member()):
            await eventually(lambda: refused >= 4, within=30)
            away = False
            await eventually(lambda: moves_are(world, 90), within=30)
    assert await world.parked() == []


async def test_the_database_goes_away_and_comes_back(world: World, running: Running) -> None:
    """All sessions are ended again and again while events arrive."""
    runner = world.runner()
    async with running(world.relay(), runner):
        for _ in range(8):
            await eventually(lambda: _moved(world), within=20)
            await world.rows(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
                """
            )
        facts = await world.value("SELECT count(*) FROM facts")
        await eventually(lambda: moves_are(world, facts), within=20)
    (await world.history()).check()
    assert await world.parked() == []


async def _moved(world: World) -> bool:
    """Some facts, unless the database is away just now."""
    try:
        await world.move_many(25)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, DBAPIError):
        return False
    return True


async def test_a_lost_race_for_a_version_is_tried_again_before_it_is_parked(world: World, running: Running) -> None:
    tries = 0

    async def racing(work, messages) -> None:
        nonlocal tries
        tries += 1
        if tries <= 3:
            raise VersionConflict
        await write_down(work, messages)

    runner = world.runner(world.subscription(handler=racing))
    async with running(runner):
        await world.publish(record(new_id(), 1))
        await consumed(world, runner, 1)
    assert await world.parked() == []
    assert len(await world.rows("SELECT FROM moves")) == 1


async def test_an_idle_consumer_past_its_longest_poll_interval_goes_on(
    world: World, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client leaves its group when nobody polls; the runner always polls, also while a batch is held."""
    monkeypatch.setattr(bus, "MAX_POLL_INTERVAL", 1.0)
    clock = asyncio.get_running_loop().time
    refuse_until = 0.0

    async def slow_to_accept(work: Work, messages: list[Message[WidgetMoved]]) -> None:
        nonlocal refuse_until
        refuse_until = refuse_until or clock() + 6
        if clock() < refuse_until:
            raise OperationalError("SELECT 1", {}, ConnectionRefusedError("gone"))
        await write_down(work, messages)

    runner = world.runner(world.subscription(handler=slow_to_accept), bus=Bus(world.kafka, client="test", session=6.0))
    async with running(runner):
        await eventually(lambda: runner.clients == 1)
        idle_until = clock() + 3
        await eventually(lambda: clock() > idle_until)
        await world.publish(record(new_id(), 1))
        await consumed(world, runner, 1)
        await world.publish(record(new_id(), 1))
        await consumed(world, runner, 2)
        books_balance(world, runner)
    assert runner.clients == 1
    assert runner.totals[world.topic, "duplicate"] == 0
    assert sum((await committed(world, world.group)).values()) == 2


async def test_records_that_the_broker_dropped_unread_raise_an_alarm(world: World, running: Running) -> None:
    first = world.runner()
    async with running(first):
        await world.publish(*(record(new_id(), 1) for _ in range(5)))
        await consumed(world, first, 5)
    await world.publish(*(record(new_id(), 1) for _ in range(10)))
    admin = AIOKafkaAdminClient(bootstrap_servers=world.kafka)
    await admin.start()
    try:
        await admin.delete_records({TopicPartition(world.topic, 0): RecordsToDelete(before_offset=12)})
    finally:
        await admin.close()
    second = world.runner()
    async with running(second):
        await consumed(world, second, 3)
    gap = world.metrics.consumer_faults.labels("widgets", world.group, "gap")
    assert gap._value.get() == 7
    assert await world.value("SELECT count(*) FROM moves") == 8
