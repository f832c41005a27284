"""A relay or a reader as a process that dies: `python bus_child.py '{"role": "relay", "die": "delete", ...}'`.

It forks one life after the other (so that fifty deaths do not cost fifty starts of Python). A life with `die` kills itself
with SIGKILL at that point, now or a little later; after `lives` deaths the next one lives until SIGTERM.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from dataclasses import replace
from typing import Any

import asyncpg
from bus_widgets import QUICK, World, write_down
from rapport_chassis.bus import Producer
from rapport_chassis.checkpoints import COUNTED
from rapport_chassis.consumer import Runner


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def perhaps(chance: float) -> None:
    if random.random() < chance:
        die()


class Executes:
    """Dies around the relay's DELETE: `delete` before it (acknowledged, not deleted), `deleted` after it."""

    def __init__(self, when: str) -> None:
        self._execute = asyncpg.Connection.execute
        self._when = when

    def install(self) -> None:
        original, when = self._execute, self._when

        async def execute(connection: Any, query: str, *args: Any, **more: Any) -> Any:
            deleting = query is COUNTED
            if deleting and when == "delete":
                perhaps(0.5)
            answer = await original(connection, query, *args, **more)
            if deleting and when == "deleted":
                perhaps(0.5)
            return answer

        asyncpg.Connection.execute = execute


def die_when_sending() -> None:
    """Before the first, or after some of the batches of a round went out."""
    original = Producer.send

    async def send(self: Producer, *args: Any) -> Any:
        perhaps(0.15)
        answer = await original(self, *args)
        if random.random() < 0.15:
            await asyncio.wait([answer])  # acknowledged, the rest of the round is not
            die()
        return answer

    Producer.send = send  # type: ignore[method-assign]


class DiesBeforeOffsets(Runner[Any]):
    """The database has committed, Kafka does not know."""

    async def _commit(self, consumer: Any) -> None:
        if self._uncommitted:
            perhaps(0.5)
        await super()._commit(consumer)


async def dies_in_the_middle(work: Any, messages: Any) -> None:
    """In the transaction, when its effect is written but not committed."""
    await write_down(work, messages)
    perhaps(0.5)


async def live(told: dict[str, Any], *, armed: bool) -> None:
    world = World(told["url"], told["kafka"], told["topic"], told["group"])
    point = told.get("die") if armed else None
    part: Any
    if told["role"] == "relay":
        if point in ("delete", "deleted"):
            Executes(point).install()
        elif point == "send":
            die_when_sending()
        part = world.relay(options=replace(QUICK, batch=told.get("batch", 100), stale_after=told.get("stale_after", 2.0)))
    else:
        handler = dies_in_the_middle if point == "handler" else write_down
        kind = DiesBeforeOffsets if point == "offsets" else Runner
        runner = world.runner(world.subscription(handler=handler))
        runner.__class__ = kind
        part = runner
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await part.run(stop)
    await world.database.close()


def main(told: dict[str, Any]) -> None:
    """One life after the other. SIGTERM is held back while nobody is there to be told: it may come between two lives."""
    deaths = 0
    child = 0
    ending = False

    def end(*_: object) -> None:
        nonlocal ending
        ending = True
        if child:
            os.kill(child, signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)
    while not ending:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
            random.seed()
            asyncio.run(live(told, armed=deaths < told.get("lives", 0)))
            os._exit(0)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # dead, but its number is not free before it is reaped
        dead, child = child, 0
        _, status = os.waitpid(dead, 0)
        if not os.WIFSIGNALED(status):
            sys.exit(os.WEXITSTATUS(status))
        deaths += 1
        print(deaths, flush=True)  # noqa: T201 - the drill counts deaths


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
