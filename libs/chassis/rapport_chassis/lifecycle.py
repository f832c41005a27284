"""Parts that run in the background: started together, restarted when they fall, stopped gracefully, honest about health."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from rapport_chassis import observability
from rapport_chassis.closing import is_cancelling
from rapport_chassis.database import is_transient

log = observability.get_logger(__name__)

FIRST_REST = 0.5
LONGEST_REST = 30.0
STEADY = 60.0
"""Seconds without a fall after which the next rest is the first one again."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of /health/ready. `why` says in our words what is not ready; empty when it is."""

    name: str
    ok: bool
    why: str = ""


@dataclass(slots=True)
class Part:
    """Something that runs until `stop` is set. `trouble` says why it does no work at present, or None.

    `run` returns only when `stop` is set; if it returns or raises before, it is run again after a rest.
    """

    name: str
    run: Callable[[asyncio.Event], Awaitable[None]]
    trouble: Callable[[], str | None] = lambda: None
    fallen: str | None = None
    stopped: bool = False
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    def check(self) -> Check:
        """Is it running and working? One that was stopped on purpose is well."""
        why = self.fallen or (None if self._runs() else "not running") or self.trouble()
        return Check(self.name, why is None, why or "")

    def works(self) -> float:
        """The same as a figure for a metric: 1 or 0."""
        return float(self.check().ok)

    def _runs(self) -> bool:
        return self.stopped or (self.task is not None and not self.task.done())


class Supervisor:
    """Runs parts. A part that falls is started again, whatever the reason: no failure of one needs a person."""

    def __init__(self, parts: Sequence[Part], wake: Callable[[], None] = lambda: None) -> None:
        """Nothing runs before `start`. `wake` wakes parts that sleep, so that they see that they have to stop."""
        self.parts = list(parts)
        self._wake = wake
        self._stop = asyncio.Event()

    def start(self) -> None:
        """Start all parts as tasks of the running loop."""
        for part in self.parts:
            part.task = asyncio.create_task(self._keep(part), name=part.name)

    async def stop(self, drain: timedelta) -> bool:
        """Ask all to finish what they have in hand; after `drain` cancel the rest. True when none had to be cancelled."""
        self._stop.set()
        for part in self.parts:
            part.stopped = True
        self._wake()
        tasks = [part.task for part in self.parts if part.task is not None]
        if not tasks:
            return True
        _, late = await asyncio.wait(tasks, timeout=drain.total_seconds())
        for task in late:
            log.warning("part.cancelled", part=task.get_name())
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return not late

    def checks(self) -> list[Check]:
        """The health of every part."""
        return [part.check() for part in self.parts]

    async def _keep(self, part: Part) -> None:
        """Run it again and again until all are stopped. Only its own cancellation and the end of the process get through."""
        pause = FIRST_REST
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                await part.run(self._stop)
                if self._stop.is_set():
                    return
                part.fallen = "ended by itself"
                log.error("part.ended", part=part.name)
            except BaseException as error:
                if is_cancelling(error) or isinstance(error, KeyboardInterrupt | SystemExit):
                    raise
                part.fallen = f"failed ({type(error).__name__})"
                if is_transient(error):
                    log.warning("part.waits", part=part.name, error=type(error).__name__, rest=pause)
                else:
                    log.exception("part.failed", part=part.name, rest=pause)
            if time.monotonic() - began > STEADY:
                pause = FIRST_REST
            await rest(self._stop, pause)
            pause = min(pause * 2, LONGEST_REST)
            part.fallen = None


async def rest(stop: asyncio.Event, seconds: float) -> None:
    """Wait for so long, or until `stop` is set."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
