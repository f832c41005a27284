"""Waking loops inside one process: after a commit, or when a message has come. Other processes poll."""

from __future__ import annotations

import asyncio


class Wakes:
    """Named events. A wake before the wait is not lost; several wakes before one wait count as one."""

    def __init__(self) -> None:
        """Nobody is asleep yet."""
        self._events: dict[str, asyncio.Event] = {}

    def wake(self, *names: str) -> None:
        """Wake the loops of these names, if they are in this process."""
        for name in names:
            self._event(name).set()

    def wake_all(self) -> None:
        """Wake every loop that has ever waited, so that it sees that it has to stop."""
        self.wake(*self._events)

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
