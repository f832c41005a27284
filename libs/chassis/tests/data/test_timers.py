"""Timers: each once, with its exact due time, whoever dies; failures are told and parked."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from datetime import timedelta
from typing import Any

import pytest
from rapport_chassis.actor import Actor
from rapport_chassis.database import Database
from rapport_chassis.timer_runner import Policy, TimerRunner
from rapport_chassis.timers import Batched, Timer, drop_failed, release_failed
from rapport_chassis.work import Work
from rapport_kernel.errors import NotFound, Unavailable
from rapport_testing import eventually
from sqlalchemy import func, select, text
from sqlalchemy import table as sqltable

QUICK = Policy(first_delay=timedelta(0), longest_delay=timedelta(0))


@pytest.fixture(autouse=True)
async def clean(db: Database) -> None:
    async with db.engine.begin() as connection:
        await connection.execute(text("DELETE FROM timers"))


async def count(db: Database, table: str = "timers") -> int:
    async with db.engine.connect() as connection:
        return (await connection.execute(select(func.count()).select_from(sqltable(table)))).scalar_one()


async def parked(db: Database) -> list[tuple[str, int, str]]:
    """Key, attempts and failure of those that are not tried any more."""
    async with db.engine.connect() as connection:
        found = text("SELECT key, attempts, failure FROM timers WHERE parked_at IS NOT NULL ORDER BY key")
        return [(row.key, row.attempts, row.failure) for row in await connection.execute(found)]


async def test_a_timer_fires_once_with_its_exact_due_time_and_payload(factory: Any, actor: Actor, db: Database) -> None:
    fired: list[Timer] = []

    async def handler(work: Work, timer: Timer) -> None:
        fired.append(timer)

    async with factory(actor) as work:
        due = work.now - timedelta(minutes=3, microseconds=7)
        await work.timers.set("clock.breach", "c-1", due, {"clock": "resolution"})
        await work.timers.set("clock.breach", "c-2", work.now + timedelta(hours=1))
    runner = TimerRunner(factory, {"clock.breach": handler})
    assert await runner.run_once() == 1
    assert await runner.run_once() == 0
    assert fired == [Timer("clock.breach", "c-1", due, {"clock": "resolution"})]
    assert await count(db) == 1


async def test_setting_again_moves_a_timer_and_cancelling_removes_it(factory: Any, actor: Actor, db: Database) -> None:
    async with factory(actor) as work:
        await work.timers.set("a", "1", work.now)
        await work.timers.set("a", "2", work.now)
        await work.timers.set("a", "1", work.now + timedelta(hours=1))
    async with factory(actor) as work:
        await work.timers.cancel("a", "2")
        await work.timers.cancel("a", "never set")
    async with db.engine.connect() as connection:
        rows = (await connection.execute(text("SELECT key, due > now() AS later FROM timers"))).all()
    assert [tuple(row) for row in rows] == [("1", True)]


async def test_the_handler_and_the_deletion_commit_together(
    factory: Any, actor: Actor, new_ticket: Any, db: Database
) -> None:
    ticket = new_ticket()

    async def handler(work: Any, timer: Timer) -> None:
        work.tickets.add(ticket)
        await work.flush()
        if timer.attempts == 0:
            raise RuntimeError("once")

    async with factory(actor) as work:
        await work.timers.set("open", "1", work.now)
    runner = TimerRunner(factory, {"open": handler}, QUICK)
    await runner.run_once()
    async with factory(actor) as work:
        assert not await work.tickets.get_many([ticket.id])
    assert await count(db) == 1
    await runner.run_once()
    async with factory(actor) as work:
        assert await work.tickets.get_many([ticket.id])
    assert await count(db) == 0


async def test_one_failing_timer_does_not_hold_the_others_and_is_parked(factory: Any, actor: Actor, db: Database) -> None:
    fired: list[str] = []

    async def handler(work: Work, timer: Timer) -> None:
        if timer.key == "13":
            raise ValueError("always")
        work.after.append(lambda: fired.append(timer.key))

    async with factory(actor) as work:
        await work.timers.set_many([Timer("t", str(n), work.now) for n in range(50)])
    runner = TimerRunner(factory, {"t": handler}, QUICK)
    while await runner.run_once():
        pass
    assert sorted(fired, key=int) == [str(n) for n in range(50) if n != 13]
    assert await parked(db) == [("13", 5, "ValueError")]


async def test_a_refusal_is_parked_at_once_and_can_be_released(factory: Any, actor: Actor, db: Database) -> None:
    refuse = True

    async def handler(work: Work, timer: Timer) -> None:
        if refuse:
            raise NotFound

    async with factory(actor) as work:
        await work.timers.set("t", "1", work.now)
    runner = TimerRunner(factory, {"t": handler}, QUICK)
    assert await runner.run_once() == 1
    assert await runner.run_once() == 0
    assert await parked(db) == [("1", 1, "NotFound: not-found")]
    refuse = False
    async with factory(actor) as work:
        assert await drop_failed(work, "t", "2", reason="another one") == 0
        assert await release_failed(work, "t") == 1
    assert await runner.run_once() == 1
    assert await count(db) == 0


async def test_a_passing_failure_is_tried_again_later_and_never_parked(factory: Any, actor: Actor, db: Database) -> None:
    calls = 0

    async def handler(work: Work, timer: Timer) -> None:
        nonlocal calls
        calls += 1
        if timer.attempts < 8:
            raise Unavailable

    async with factory(actor) as work:
        due = work.now
        await work.timers.set("t", "1", due)
    runner = TimerRunner(factory, {"t": handler}, QUICK)
    while await runner.run_once():
        pass
    assert await count(db) == 0
    assert calls >= 9  # the round over all timers, and each of them alone
    slow = TimerRunner(factory, {"t": handler}, Policy(first_delay=timedelta(hours=1), longest_delay=timedelta(hours=2)))
    async with factory(actor) as work:
        await work.timers.set("t", "1", due)
    assert await slow.run_once() == 1
    assert await slow.run_once() == 0
    async with db.engine.connect() as connection:
        row = (
            await connection.execute(
                text("SELECT due, next_try > now() + interval '59 min' AS later, parked_at FROM timers")
            )
        ).one()
    assert (row.due, row.later, row.parked_at) == (due, True, None)


async def test_sets_get_all_due_timers_of_their_kind_in_one_transaction(
    factory: Any, actor: Actor, statements: Any, db: Database
) -> None:
    got: list[list[Timer]] = []

    async def handler(work: Work, timers: list[Timer]) -> None:
        got.append(timers)

    async with factory(actor) as work:
        await work.timers.set_many([Timer("set", str(n), work.now) for n in range(700)])
    with statements() as sent:
        await TimerRunner(factory, {"set": Batched(handler)}).run_once()
    assert [len(timers) for timers in got] == [700]
    assert len(sent) == 5  # BEGIN, now, DELETE ... RETURNING, SET lock_timeout, COMMIT


async def test_a_slow_handler_does_not_hold_up_another_worker(factory: Any, actor: Actor, db: Database) -> None:
    inside, leave = asyncio.Event(), asyncio.Event()
    fired: list[str] = []

    async def handler(work: Work, timer: Timer) -> None:
        if timer.key == "slow":
            inside.set()
            await leave.wait()
        fired.append(timer.key)

    one, other = (TimerRunner(factory, {"t": handler}, Policy(batch=1)) for _ in range(2))
    async with factory(actor) as work:
        await work.timers.set("t", "slow", work.now - timedelta(hours=1))
        await work.timers.set("t", "quick", work.now)
    slow = asyncio.create_task(one.run_once())
    await inside.wait()
    assert await asyncio.wait_for(other.run_once(), 2) == 1
    assert fired == ["quick"]
    leave.set()
    assert await slow == 1
    assert fired == ["quick", "slow"]


async def test_timers_of_unknown_kinds_are_left_alone(factory: Any, actor: Actor, db: Database) -> None:
    async def handler(work: Work, timer: Timer) -> None:
        raise AssertionError

    async with factory(actor) as work:
        await work.timers.set("from the next release", "1", work.now)
    assert await TimerRunner(factory, {"t": handler}).run_once() == 0
    assert await count(db) == 1


async def test_a_running_loop_fires_soon_after_the_commit_that_set_it(factory: Any, actor: Actor, db: Database) -> None:
    async def handler(work: Work, timer: Timer) -> None:
        pass

    stop = asyncio.Event()
    runner = TimerRunner(factory, {"t": handler}, Policy(tolerance=timedelta(minutes=1)))
    task = asyncio.create_task(runner.run(stop))
    async with factory(actor) as work:
        await work.timers.set("t", "1", work.now)

    async def gone() -> bool:
        return await count(db) == 0

    await eventually(gone, within=5)
    stop.set()
    factory.wakes.wake("timers")
    await task


WORKER = """
import asyncio, sys
from rapport_chassis.database import Database
from rapport_chassis.timer_runner import Policy, TimerRunner
from rapport_chassis.work import Work, WorkFactory
from sqlalchemy import func, select, text
from sqlalchemy import table as sqltable

async def fire(work, timer):
    await work.connection.execute(text("INSERT INTO fired (key) VALUES (:key)"), {"key": timer.key})

async def main():
    database = Database(sys.argv[1])
    runner = TimerRunner(WorkFactory(database, Work, source="w"), {"many": fire}, Policy(batch=50))
    print("ready", flush=True)
    await runner.run(asyncio.Event())

asyncio.run(main())
"""


async def test_thousands_due_fire_once_each_when_one_of_two_workers_is_killed(
    factory: Any, actor: Actor, database: Any, db: Database
) -> None:
    total = 5000
    async with db.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE fired (key text)"))
    async with factory(actor) as work:
        await work.timers.set_many([Timer("many", str(n), work.now - timedelta(seconds=n)) for n in range(total)])
    run = [sys.executable, "-c", WORKER, database.url]
    workers = [await asyncio.create_subprocess_exec(*run, stdout=asyncio.subprocess.DEVNULL) for _ in range(2)]
    try:

        async def begun() -> bool:
            return await count(db, "fired") > total // 20

        await eventually(begun, within=30)
        os.kill(workers[0].pid, signal.SIGKILL)
        assert await count(db) > 0, "the kill came too late to prove anything"

        async def done() -> bool:
            return await count(db) == 0

        await eventually(done, within=60)
    finally:
        for worker in workers:
            with contextlib.suppress(ProcessLookupError):
                worker.kill()
            await worker.wait()
    async with db.engine.connect() as connection:
        row = (await connection.execute(text("SELECT count(*) AS fired, count(DISTINCT key) AS different FROM fired"))).one()
    assert (row.fired, row.different) == (total, total)


async def test_a_command_is_never_the_victim_of_a_timer_about_the_same_thing(
    factory: Any, actor: Actor, new_ticket: Any, db: Database
) -> None:
    """A timer locks its row, then the ticket; a command the ticket, then the timer's row. The timer gives way."""
    ticket = new_ticket()
    async with factory(actor) as work:
        work.tickets.add(ticket)
        await work.timers.set("look", "1", work.now)
    taken, command_waits = asyncio.Event(), asyncio.Event()

    async def look(work: Any, timer: Timer) -> None:
        taken.set()
        await command_waits.wait()
        await work.tickets.get(ticket.id, for_update=True)

    async def somebody_waits() -> bool:
        async with db.engine.connect() as connection:
            return bool((await connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))).scalar_one())

    async def tell() -> None:
        await eventually(somebody_waits)
        command_waits.set()

    firing = asyncio.create_task(TimerRunner(factory, {"look": look}, QUICK).run_once())
    await taken.wait()
    async with factory(actor) as work:
        await work.tickets.get(ticket.id, for_update=True)
        telling = asyncio.create_task(tell())
        await work.timers.set("look", "1", work.now + timedelta(hours=1))
    await asyncio.gather(firing, telling)
    assert await count(db) == 1
