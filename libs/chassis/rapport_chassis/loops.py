"""Loops: work that is done in rounds, woken after a commit (`wakes.py`), and looked for from time to time all the same."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from rapport_chassis import observability
from rapport_chassis.actor import Actor
from rapport_chassis.database import is_transient
from rapport_chassis.work import WorkFactory

log = observability.get_logger(__name__)

SHORTEST_POLL = 0.02
FIRST_RETRY, LONGEST_RETRY = 0.25, 30.0
"""Seconds between rounds that fail: not the loop's own interval, which may be an hour."""


@dataclass(frozen=True, slots=True)
class Loop:
    """`round` does one round in one transaction and returns how much it did; 0 means that nothing is left.

    `work.wake(name)` runs it after that commit; without it, it looks for work at least every `every`. `alone` lets only
    one replica at a time run a round (an advisory lock of the transaction); without it the round itself must tell apart
    what others do, e.g. with SKIP LOCKED.
    """

    name: str
    round: Callable[[Any], Awaitable[int]]
    every: timedelta = timedelta(seconds=10)
    alone: bool = True


class LoopRunner:
    """Runs one loop until told to stop. After a round that did something it looks again at once, then ever more seldom."""

    def __init__(self, factory: WorkFactory[Any], loop: Loop) -> None:
        """`factory` is the service's."""
        self._factory = factory
        self._loop = loop
        self._lock = zlib.crc32(loop.name.encode()) - 2**31
        self.failing: str | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Rounds until `stop`. A database that is away is waited for; any other error is logged, and tried again."""
        rest = SHORTEST_POLL
        retry = FIRST_RETRY
        while not stop.is_set():
            try:
                did = await self.run_once()
            except Exception as error:
                self.failing = f"failed ({observability.describe(error)})"
                if is_transient(error):
                    log.warning("loop.waits", loop=self._loop.name, error=observability.describe(error))
                else:
                    log.exception("loop.failed", loop=self._loop.name)
                await self._factory.wakes.wait(self._loop.name, retry)
                retry = min(retry * 2, LONGEST_RETRY)
                continue
            self.failing, retry = None, FIRST_RETRY
            rest = SHORTEST_POLL if did else rest
            if not did:
                woken = await self._factory.wakes.wait(self._loop.name, rest)
                rest = SHORTEST_POLL if woken else min(rest * 2, self._loop.every.total_seconds())

    async def run_once(self) -> int:
        """One round in one transaction; 0 also when another replica is in its round."""
        async with self._factory(Actor.system(f"loop:{self._loop.name}")) as work:
            if self._loop.alone and not (await work.connection.execute(_TAKE, {"lock": self._lock})).scalar_one():
                return 0
            return await self._loop.round(work)

    def trouble(self) -> str | None:
        """Why no round succeeds at present, or None."""
        return self.failing


# Two numbers: a space of its own beside the one-number locks of idempotency keys. The first one spells "loop".
_TAKE = text("SELECT pg_try_advisory_xact_lock(1819242352, :lock)")
