"""Loops and parts: woken at once, alone when they must be, restarted when they fall, stopped without losing work."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from rapport_chassis.actor import Actor
from rapport_chassis.lifecycle import Part, Supervisor
from rapport_chassis.loops import Loop, LoopRunner
from rapport_chassis.work import Work
from rapport_kernel.errors import Unavailable
from rapport_testing import eventually
from sqlalchemy import text


async def test_a_loop_runs_at_once_after_the_commit_that_wakes_it_and_until_nothing_is_left(
    factory: Any, actor: Actor
) -> None:
    left = 0
    rounds = 0

    async def fold(work: Work) -> int:
        nonlocal left, rounds
        rounds += 1
        did, left = min(left, 10), max(left - 10, 0)
        return did

    stop = asyncio.Event()
    task = asyncio.create_task(LoopRunner(factory, Loop("fold", fold, every=timedelta(hours=1))).run(stop))
    await eventually(lambda: rounds >= 1)
    async with factory(actor) as work:
        left = 35
        work.wake("fold")
    await eventually(lambda: left == 0, within=5)
    stop.set()
    factory.wakes.wake_all()
    await asyncio.wait_for(task, 5)


async def test_only_one_replica_at_a_time_runs_a_round(factory: Any) -> None:
    inside = 0
    most = 0
    rounds = 0

    async def careful(work: Work) -> int:
        nonlocal inside, most, rounds
        inside += 1
        rounds += 1
        most = max(most, inside)
        await work.connection.execute(text("SELECT pg_sleep(0.01)"))
        inside -= 1
        return 1

    replicas = [LoopRunner(factory, Loop("careful", careful)) for _ in range(4)]
    for _ in range(5):
        await asyncio.gather(*(replica.run_once() for replica in replicas))
    assert most == 1
    assert rounds >= 5


async def test_a_failing_loop_says_so_and_goes_on(factory: Any) -> None:
    fails = True

    async def moody(work: Work) -> int:
        if fails:
            raise Unavailable
        return 0

    stop = asyncio.Event()
    runner = LoopRunner(factory, Loop("moody", moody, every=timedelta(hours=1)))
    task = asyncio.create_task(runner.run(stop))
    await eventually(lambda: runner.trouble() == "failed (Unavailable unavailable)")
    fails = False
    await eventually(lambda: runner.trouble() is None, within=5)
    stop.set()
    factory.wakes.wake_all()
    await asyncio.wait_for(task, 5)


async def test_a_part_that_falls_is_started_again_and_says_why_meanwhile() -> None:
    starts = 0

    async def fragile(stop: asyncio.Event) -> None:
        nonlocal starts
        starts += 1
        if starts == 1:
            raise RuntimeError("bug")
        await stop.wait()

    supervisor = Supervisor([Part("fragile", fragile)])
    supervisor.start()
    await eventually(lambda: supervisor.checks()[0].why == "failed (RuntimeError)")
    await eventually(lambda: starts == 2 and supervisor.checks()[0].ok, within=5)
    assert await supervisor.stop(timedelta(seconds=5))


async def test_a_part_that_a_library_cancels_by_mistake_is_started_again() -> None:
    """Some let the CancelledError of a task of their own escape. Nobody has asked the part to end."""
    starts = 0

    async def betrayed(stop: asyncio.Event) -> None:
        nonlocal starts
        starts += 1
        if starts == 1:
            theirs = asyncio.ensure_future(asyncio.sleep(60))
            theirs.cancel()
            await theirs
        await stop.wait()

    part = Part("betrayed", betrayed)
    supervisor = Supervisor([part])
    assert part.works() == 0
    supervisor.start()
    await eventually(lambda: supervisor.checks()[0].why == "failed (CancelledError)")
    assert part.works() == 0
    await eventually(lambda: starts == 2 and supervisor.checks()[0].ok, within=5)
    assert part.works() == 1
    assert await supervisor.stop(timedelta(seconds=5))


async def test_a_part_without_a_task_is_not_running_unless_it_was_stopped_on_purpose() -> None:
    async def waits(stop: asyncio.Event) -> None:
        await stop.wait()

    part = Part("lonely", waits)
    supervisor = Supervisor([part])
    assert part.check().why == "not running"
    supervisor.start()
    assert part.check().ok
    assert part.task is not None
    part.task.cancel()
    await asyncio.wait({part.task})
    assert supervisor.checks()[0].why == "not running"
    await supervisor.stop(timedelta(seconds=5))
    assert supervisor.checks()[0].ok


async def test_stopping_waits_for_work_in_hand_and_cancels_what_takes_too_long() -> None:
    finished = []
    begun = asyncio.Event()

    async def diligent(stop: asyncio.Event) -> None:
        await stop.wait()
        for _ in range(5):
            await asyncio.sleep(0)
        finished.append("diligent")

    async def deaf(stop: asyncio.Event) -> None:
        begun.set()
        await asyncio.Event().wait()

    supervisor = Supervisor([Part("diligent", diligent), Part("deaf", deaf)])
    supervisor.start()
    await begun.wait()
    assert not await supervisor.stop(timedelta(seconds=0.2))
    assert finished == ["diligent"]
