"""Waking what sleeps, after a commit: at once in this process, and through `Notifier` a moment later in the others."""

from __future__ import annotations

import asyncio
import secrets

import asyncpg

from rapport_chassis.database import Database
from rapport_chassis.lifecycle import rest

CHANNEL = "rapport_wakes"
TELL = "wakes.tell"
GATHER = 0.05
"""Seconds between two notifications of a process at least: what is woken meanwhile is told together."""
LOOK = 30.0
"""Seconds after which a notifier with nothing to say looks whether its connection is still there."""


class Wakes:
    """Named events. A wake before the wait is not lost; several wakes before one wait count as one."""

    def __init__(self) -> None:
        """Nobody is asleep yet."""
        self._events: dict[str, asyncio.Event] = {}
        self._to_tell: set[str] = set()

    def wake(self, *names: str) -> None:
        """Wake the loops of these names here, and where a `Notifier` runs, in the other processes of the service."""
        self.wake_here(*names)
        if names:
            self._to_tell.update(names)
            self._event(TELL).set()

    def wake_here(self, *names: str) -> None:
        """Wake those in this process only."""
        for name in names:
            self._event(name).set()

    def wake_all(self) -> None:
        """Wake every loop of this process that has ever waited, so that it looks for work, or sees that it has to stop."""
        self.wake_here(*self._events)

    def to_tell(self) -> list[str]:
        """What was woken since the last call, for other processes."""
        told, self._to_tell = sorted(self._to_tell), set()
        return told

    async def wait(self, name: str, timeout: float) -> bool:  # noqa: ASYNC109 - the time is the poll interval, not a deadline
        """Sleep until woken or until `timeout` seconds have passed. True when woken."""
        event = self._event(name)
        try:
            async with asyncio.timeout(timeout):
                await event.wait()
        except TimeoutError:
            return False
        event.clear()
        return True

    def _event(self, name: str) -> asyncio.Event:
        return self._events.setdefault(name, asyncio.Event())


class Notifier:
    """Carries wakes between the processes of a service, so that none of them has to poll often.

    A notification is sent over a connection of its own after the commit, never in the transaction: `NOTIFY` there would
    let all commits of a database wait for one another. One that is lost costs time, not work: loops look by themselves
    every few seconds.
    """

    def __init__(self, database: Database, wakes: Wakes) -> None:
        """Nothing is connected yet."""
        self._database = database
        self._wakes = wakes
        self._me = secrets.token_hex(4)

    async def run(self, stop: asyncio.Event) -> None:
        """Tell and listen until `stop`. Raises what the database raises; whoever runs it, runs it again."""
        connection = await self._database.dedicated()
        try:
            await connection.add_listener(CHANNEL, self._heard)
            self._wakes.wake_all()  # for what was said while nobody listened
            while not stop.is_set():
                await self._wakes.wait(TELL, LOOK)
                told = " ".join([self._me, *self._wakes.to_tell()])
                await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, told, timeout=LOOK)
                await rest(stop, GATHER)
        finally:
            connection.terminate()

    def _heard(self, _connection: asyncpg.Connection, _pid: int, _channel: str, payload: object) -> None:
        sender, *names = str(payload).split(" ")
        if sender != self._me:
            self._wakes.wake_here(*names)
