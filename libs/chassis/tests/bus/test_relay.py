"""The relay: no loss, no ghost, order per key, whatever the transactions do."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from uuid import UUID

import asyncpg
import pytest
from bus_widgets import ME, QUICK, Running, World, move
from rapport_chassis.database import sqlstate
from rapport_chassis.lease import Lease, LeaseLost
from rapport_kernel.ids import new_id
from rapport_testing.topics import dump
from rapport_testing.waiting import eventually
from sqlalchemy.exc import DBAPIError

DEADLOCK = "40P01"


async def drained(world: World, within: float = 20.0) -> None:
    async def empty() -> bool:
        return await world.depth() == 0

    await eventually(empty, within=within)


async def test_facts_of_one_work_are_one_statement_and_arrive_in_order(world: World, running: Running) -> None:
    statements: list[str] = []
    widget = new_id()
    async with running(world.relay()):
        async with world.works(ME) as work:
            (await work.raw()).add_query_logger(lambda query: statements.append(query.query))
            for _ in range(200):
                await move(work, widget)
        assert len([query for query in statements if "INTO outbox" in query]) == 1
        await drained(world)
    history = await world.history()
    history.check()
    assert len(history.published) == 200


async def test_headers_carry_the_envelope_and_the_trace(world: World, running: Running) -> None:
    async with running(world.relay()):
        await world.move(new_id())
        await drained(world)
    (record,) = await dump(world.kafka, world.topic)
    headers = dict(record.headers)
    assert headers["ce_type"] == b"widget.moved.v1"
    assert headers["ce_source"] == b"widgets"
    assert headers["ce_actor"] == b"system:test"
    assert headers["ce_sequence"] == b"00000000000000000001"
    assert headers["ce_subject"] == record.key
    correlation = headers["ce_correlationid"].decode().replace("-", "")
    assert headers["traceparent"].decode().startswith(f"00-{correlation}-")


async def test_nothing_is_published_when_the_work_rolls_back(world: World, running: Running) -> None:
    async with running(world.relay()):
        for turn in range(20):
            with pytest.raises(ZeroDivisionError):
                await _fail_after_writing(world)
            await world.move(new_id(), note=str(turn))
        await drained(world)
    history = await world.history()
    history.check()
    assert len(history.published) == 20


async def _fail_after_writing(world: World) -> None:
    async with world.works(ME) as work:
        await move(work, new_id())
        await work.flush()
        raise ZeroDivisionError


async def test_a_deadlock_victim_publishes_nothing_and_the_retry_once(world: World, running: Running) -> None:
    one, other = new_id(), new_id()
    await world.move(one)
    await world.move(other)
    both = asyncio.Barrier(2)

    async def crosswise(first: UUID, second: UUID) -> int:
        tries = 0
        while True:
            tries += 1
            try:
                async with world.works(ME) as work:
                    await move(work, first)
                    await work.flush()
                    if tries == 1:
                        await both.wait()
                    await move(work, second)
            except DBAPIError as error:
                if sqlstate(error) != DEADLOCK:
                    raise
            else:
                return tries

    async with running(world.relay()):
        tries = await asyncio.gather(crosswise(one, other), crosswise(other, one))
        assert max(tries) >= 2
        await drained(world)
    history = await world.history()
    history.check()
    assert len(history.published) == 6


async def test_a_row_with_a_lower_position_that_commits_later_is_sent(world: World, running: Running) -> None:
    """The naive cursor (`WHERE id > last`) loses it."""
    async with running(world.relay()):
        async with world.works(ME) as slow:
            await move(slow, new_id())
            await slow.flush()
            for _ in range(50):
                await world.move(new_id())

            async def only_the_slow_one_is_missing() -> bool:
                return await world.depth() == 0

            await eventually(only_the_slow_one_is_missing)
        await drained(world)
    history = await world.history()
    history.check()
    assert len(history.published) == 51


async def test_twelve_writers_on_hot_keys_lose_nothing_and_invert_nothing(make_world, running: Running) -> None:
    world = await make_world(pool=12)
    widgets = [new_id() for _ in range(20)]
    seeds = [random.Random(seed) for seed in range(12)]

    async def writer(seed: random.Random) -> None:
        for _ in range(60):
            async with world.works(ME) as work:
                await move(work, seed.choice(widgets))
                if seed.random() < 0.3:
                    await work.flush()
                    await asyncio.sleep(seed.random() * 0.02)

    async with running(world.relay()):
        await asyncio.gather(*(writer(seed) for seed in seeds))
        await drained(world)
    history = await world.history()
    history.check()
    assert len({record.id for record in history.published}) == 720


async def test_a_commit_in_this_process_wakes_the_relay_at_once(world: World, running: Running) -> None:
    """Not the poll: this relay looks every 10 s."""
    widget = new_id()
    slowest = 0.0
    async with running(world.relay(options=replace(QUICK, poll_least=10, poll_most=10, stale_after=100))):
        await world.move(widget)
        await drained(world)
        for _ in range(5):
            before = asyncio.get_running_loop().time()
            await world.move(widget)
            await eventually(lambda: _empty(world), every=0.001)
            slowest = max(slowest, asyncio.get_running_loop().time() - before)
    assert slowest < 8


async def _empty(world: World) -> bool:
    return await world.depth() == 0


async def test_the_depth_and_the_age_of_the_oldest_are_measured(world: World, running: Running) -> None:
    def told(what: str) -> float:
        return world.metrics.registry.get_sample_value(f"rapport_outbox_{what}", {"service": "widgets"}) or 0.0

    await world.move_many(30)
    dead = world.relay(bus=type(world.bus)("127.0.0.1:9", client="test"))
    async with running(dead):
        await eventually(lambda: told("depth") == 30)
        await eventually(lambda: told("oldest_seconds") > 0.3)
    async with running(world.relay()):
        await eventually(lambda: told("depth") == 0)
    (await world.history()).check()


async def test_two_relays_share_nothing_one_leads_and_the_other_takes_over(world: World, running: Running) -> None:
    first, second = world.relay(), world.relay()
    stop_first = asyncio.Event()
    leading = asyncio.ensure_future(first.run(stop_first))
    await eventually(lambda: first.leading)
    async with running(second):
        await world.move_many(100)
        await drained(world)
        assert not second.leading
        stop_first.set()
        await leading
        await eventually(lambda: second.leading, within=5)
        await world.move_many(100)
        await drained(world)
    (await world.history()).check()


async def test_a_cut_lock_connection_ends_the_leadership_and_another_takes_over(world: World, running: Running) -> None:
    first, second = world.relay(), world.relay()
    async with running(first, second):
        await eventually(lambda: first.leading or second.leading)
        for _ in range(5):
            await world.move_many(50)
            epoch = await world.value("SELECT epoch FROM relay_lease")
            await world.rows("SELECT pg_terminate_backend(pid) FROM relay_lease")

            async def taken_over(before: int = epoch) -> bool:
                return await world.value("SELECT epoch FROM relay_lease") > before

            await eventually(taken_over, within=5)
        await drained(world)
        await eventually(lambda: first.leading != second.leading)
    (await world.history()).check()


async def test_a_leader_whose_lease_was_taken_sends_nothing_more(world: World) -> None:
    first = Lease(world.database, "relay", stale_after=1.0)
    second = Lease(world.database, "relay", stale_after=1.0)
    stop = asyncio.Event()
    assert await first.acquire(stop, seen=lambda: None)
    assert await second.acquire(stop, seen=lambda: None)  # puts out the first, which does not beat
    with pytest.raises((LeaseLost, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await first.sure()
    await second.sure()
    await first.release()
    await second.release()
