"""Wakes between processes: a commit in one wakes what sleeps in another, and a lost connection loses nothing for good."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from rapport_chassis.actor import Actor
from rapport_chassis.database import Database
from rapport_chassis.lifecycle import Part, Supervisor
from rapport_chassis.timer_runner import Policy, TimerRunner
from rapport_chassis.timers import Timer
from rapport_chassis.wakes import Notifier, Wakes
from rapport_chassis.work import Work, WorkFactory
from rapport_testing import eventually
from sqlalchemy import text

CUT = text(
    """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND (query LIKE 'LISTEN%' OR query LIKE '%pg_notify%')
    """
)


@asynccontextmanager
async def told(db: Database, wakes: Wakes) -> AsyncIterator[Supervisor]:
    """Another process with these wakes, once it listens."""
    supervisor = Supervisor([Part("wakes", Notifier(db, wakes).run)], wakes.wake_all)
    await wakes.wait("listening", 0)
    supervisor.start()
    try:
        assert await wakes.wait("listening", 5)
        yield supervisor
    finally:
        assert await supervisor.stop(timedelta(seconds=5))


async def test_a_commit_wakes_another_process_which_does_not_tell_it_again(factory: Any, actor: Actor, db: Database) -> None:
    here, there = factory.wakes, Wakes()
    async with told(db, here), told(db, there):
        async with factory(actor) as work:
            work.wake("fold")
        assert await there.wait("fold", 5)
        assert there.to_tell() == []


async def test_a_connection_that_is_lost_is_made_again_and_everything_looks(db: Database) -> None:
    wakes = Wakes()
    async with told(db, wakes) as supervisor:
        await wakes.wait("fold", 0)
        async with db.engine.connect() as connection:
            ended = await connection.execute(CUT)
            assert len(ended.all()) == 1
        wakes.wake("something")
        assert await wakes.wait("fold", 10)
        assert await eventually(lambda: all(check.ok for check in supervisor.checks()))


async def test_a_timer_set_in_another_process_fires_when_it_is_due(factory: Any, actor: Actor, db: Database) -> None:
    elsewhere = WorkFactory(db, Work, source="widgets")
    fired = asyncio.Event()

    async def handler(work: Work, timer: Timer) -> None:
        fired.set()

    stop = asyncio.Event()
    patient = Policy(tolerance=timedelta(hours=1))
    firing = asyncio.create_task(TimerRunner(elsewhere, {"t": handler}, patient).run(stop))
    async with told(db, factory.wakes), told(db, elsewhere.wakes):
        async with factory(actor) as work:
            await work.timers.set("t", "1", work.now + timedelta(milliseconds=300))
        await asyncio.wait_for(fired.wait(), 5)
        stop.set()
        elsewhere.wakes.wake_all()
        await firing
