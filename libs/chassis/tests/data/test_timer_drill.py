"""The drill of the clocks: fifty thousand timers due at once, two workers, one killed with its hands full."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest_asyncio
from rapport_chassis.database import Database
from rapport_chassis.timer_runner import Policy, TimerRunner
from rapport_chassis.timers import Batched, Timer
from rapport_chassis.work import Work
from rapport_testing import eventually
from sqlalchemy import text

TOTAL = 50_000
SAMPLE = 5_000
TIME_TO_SET = timedelta(seconds=5)
SLACK = 10
"""How much slower than measured just before the other worker may be, while this machine does something else."""

WORKER = """
import asyncio, sys
from rapport_chassis.database import Database
from rapport_chassis.timer_runner import TimerRunner
from rapport_chassis.timers import Batched
from rapport_chassis.work import Work, WorkFactory
from sqlalchemy import text

FIRE = text(
    "INSERT INTO drill_fired (key, due, fired_at, worker)"
    " SELECT key, due, clock_timestamp(), :worker"
    " FROM unnest(CAST(:keys AS text[]), CAST(:dues AS timestamptz[])) AS t(key, due)"
)
sets = 0

async def fire(work, timers):
    global sets
    sets += 1
    values = {"keys": [t.key for t in timers], "dues": [t.due for t in timers], "worker": sys.argv[2]}
    await work.connection.execute(FIRE, values)
    if sys.argv[2] == "victim" and sets == 4:
        print("holding", len(timers), flush=True)
        await asyncio.Event().wait()
    if sys.argv[2] == "steady" and sets == 10:
        await asyncio.to_thread(sys.stdin.readline)

async def main():
    database = Database(sys.argv[1])
    runner = TimerRunner(WorkFactory(database, Work, source="w"), {"drill": Batched(fire)})
    await database.ping()
    print("ready", flush=True)
    await runner.run(asyncio.Event())

asyncio.run(main())
"""


@pytest_asyncio.fixture
async def fired(db: Database) -> AsyncIterator[None]:
    """Empty timers, and a table that takes a key as often as it is fired."""
    async with db.engine.begin() as connection:
        await connection.execute(text("DELETE FROM timers"))
        await connection.execute(
            text("CREATE TABLE drill_fired (key text, due timestamptz, fired_at timestamptz, worker text)")
        )
    yield
    async with db.engine.begin() as connection:
        await connection.execute(text("DROP TABLE drill_fired"))
        await connection.execute(text("DELETE FROM timers"))


async def one(db: Database, query: str) -> Any:
    async with db.engine.connect() as connection:
        return (await connection.execute(text(query))).one()


async def said(worker: asyncio.subprocess.Process) -> list[bytes]:
    """The words of its next line."""
    assert worker.stdout is not None
    return (await asyncio.wait_for(worker.stdout.readline(), 60)).split()


async def seconds_for(factory: Any, actor: Any, db: Database, total: int) -> float:
    """How long one worker alone takes for so many timers that are due."""

    async def fire(work: Work, timers: list[Timer]) -> None:
        values = {"keys": [timer.key for timer in timers], "dues": [timer.due for timer in timers]}
        await work.connection.execute(FIRE_HERE, values)

    async with factory(actor) as work:
        await work.timers.set_many([Timer("drill", f"sample-{n}", work.now) for n in range(total)])
    runner = TimerRunner(factory, {"drill": Batched(fire)})
    begun = time.monotonic()
    while await runner.run_once():
        pass
    return time.monotonic() - begun


FIRE_HERE = text(
    "INSERT INTO drill_fired (key, due, fired_at, worker) SELECT key, due, clock_timestamp(), 'sample'"
    " FROM unnest(CAST(:keys AS text[]), CAST(:dues AS timestamptz[])) AS t(key, due)"
)


async def test_fifty_thousand_due_at_once_fire_once_each_and_in_time_when_a_worker_is_killed_with_its_hands_full(
    factory: Any, actor: Any, database: Any, db: Database, fired: None
) -> None:
    """In time: not later than the loop's tolerance and the time that one worker alone takes for all of them, at the rate
    measured on this machine just before (`SLACK` for what else it does). What the killed one held is free at once."""
    alone = await seconds_for(factory, actor, db, SAMPLE) / SAMPLE * TOTAL
    tolerance = Policy().tolerance + timedelta(seconds=SLACK * alone)
    assert (await one(db, "SELECT count(*) AS n FROM drill_fired")).n == SAMPLE

    run = [sys.executable, "-c", WORKER, database.url]
    pipes: dict[str, Any] = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
    victim = await asyncio.create_subprocess_exec(*run, "victim", **pipes)
    steady = await asyncio.create_subprocess_exec(*run, "steady", **pipes)
    try:
        for worker in (victim, steady):
            assert await said(worker) == [b"ready"]
        async with factory(actor) as work:
            due = work.now + TIME_TO_SET
            await work.timers.set_many([Timer("drill", str(n), due) for n in range(TOTAL)])
        at_once = max(due, (await one(db, "SELECT clock_timestamp() AS now")).now)  # should setting them take longer
        assert await said(victim) == [b"holding", b"1000"]
        assert (await one(db, "SELECT count(*) AS n FROM timers")).n >= 1000, "what it holds is not gone"
        os.kill(victim.pid, signal.SIGKILL)
        assert steady.stdin is not None
        steady.stdin.write(
            b"go on\n"
        )  # it stops with its tenth set: on a busy machine it might do all before the victim wakes

        async def done() -> bool:
            return bool((await one(db, "SELECT count(*) AS n FROM timers")).n == 0)

        await eventually(done, within=tolerance.total_seconds() + 30)
    finally:
        for worker in (victim, steady):
            with contextlib.suppress(ProcessLookupError):
                worker.kill()
            await worker.wait()

    found = await one(
        db,
        """
        SELECT count(*) AS fired, count(DISTINCT key) AS different, count(*) FILTER (WHERE worker = 'victim') AS victim,
            max(fired_at) AS latest, min(fired_at - due) AS first, count(DISTINCT due) AS dues
        FROM drill_fired WHERE worker <> 'sample'
        """,
    )
    assert (found.fired, found.different, found.dues) == (TOTAL, TOTAL, 1)
    assert found.victim == 3000  # three sets were committed, the fourth went back
    assert found.first >= timedelta(0)
    assert found.latest - at_once <= tolerance, (found.latest - at_once, tolerance)
