"""Firing timers: a due timer is deleted in the transaction of its handler, found with SKIP LOCKED.

Two workers never get the same one, and that of a killed worker is free again at once. A handler that fails is tried
again, later each time; one that is refused, or fails too often, is parked with its failure and fires no more until released.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from rapport_kernel.clock import as_utc
from rapport_kernel.errors import Refused, VersionConflict
from sqlalchemy import text

from rapport_chassis import observability
from rapport_chassis.actor import Actor, Cause
from rapport_chassis.database import is_transient
from rapport_chassis.metrics import Metrics, measured
from rapport_chassis.timers import Batched, Timer, TimerTable
from rapport_chassis.work import Work, WorkFactory

log = observability.get_logger(__name__)
W = TypeVar("W", bound=Work)


@dataclass(frozen=True, slots=True)
class Policy:
    """`tolerance` is how late a timer may fire that was set where nothing wakes the loop, `busy` how soon one is tried again
    that somebody else has in hand. Transient failures never park a timer."""

    tolerance: timedelta = timedelta(seconds=5)
    busy: timedelta = timedelta(milliseconds=250)
    batch: int = 100
    set_batch: int = 1000
    max_attempts: int = 5
    first_delay: timedelta = timedelta(seconds=2)
    longest_delay: timedelta = timedelta(minutes=5)

    def delay(self, attempts: int) -> timedelta:
        """How long to wait after the `attempts`-th failure: doubled each time, up to `longest_delay`."""
        return min(self.first_delay * int(2 ** min(attempts - 1, 20)), self.longest_delay)


class TimerRunner(Generic[W]):
    """Fires due timers. Any number of runners, in any number of processes, may work on the same table."""

    def __init__(
        self,
        factory: WorkFactory[W],
        handlers: TimerTable[W],
        policy: Policy | None = None,
        *,
        metrics: Metrics | None = None,
    ) -> None:
        """Timers of kinds that are not in `handlers` are left alone (a newer or older version may know them)."""
        self._factory = factory
        self._handlers = handlers
        self._policy = policy or Policy()
        self._metrics = metrics or Metrics()
        self._metrics.begin_timers(factory.source, handlers)
        self._why: str | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Fire until `stop` is set. A database that is away is waited for."""
        while not stop.is_set():
            pause = self._policy.tolerance
            try:
                if (due := await self._next()) <= timedelta():
                    due = timedelta() if await self.run_once() else self._policy.busy
                self._why = None
                pause = min(due, pause)
            except Exception as error:
                self._why = f"failed ({observability.describe(error)})"
                if not is_transient(error):
                    log.exception("timers.round_failed")
                else:
                    log.warning("timers.database_away", error=type(error).__name__)
            if pause:
                await self._factory.wakes.wait("timers", pause.total_seconds())

    def trouble(self) -> str | None:
        """Why nothing is fired at present, or None. A failing handler is no trouble here: its timer is parked in the end."""
        return self._why

    async def _next(self) -> timedelta:
        """How long it is until the next timer is due, or `tolerance` when there is none. One statement; how late the longest
        waiting one is goes into the metrics, whether it can be fired or not."""
        connection = await self._factory.database.connection()
        try:
            found: timedelta | None = (await connection.execute(_NEXT, {"kinds": list(self._handlers)})).scalar_one()
        finally:
            await connection.close()
        late = timedelta() if found is None else max(-found, timedelta())
        measured(self._metrics.timers_late.labels(self._factory.source), late.total_seconds())
        return self._policy.tolerance if found is None else found

    async def run_once(self) -> int:
        """One round over all kinds; returns how many timers were taken, fired or failed. 0 means that nothing is due."""
        taken = 0
        for kind, handler in self._handlers.items():
            if isinstance(handler, Batched):
                taken += await self._fire([kind], self._policy.set_batch)
        each = [kind for kind, handler in self._handlers.items() if not isinstance(handler, Batched)]
        return taken + (await self._fire(each, self._policy.batch) if each else 0)

    async def _fire(self, kinds: list[str], limit: int) -> int:
        """Take what is due in one transaction; if a handler fails, do the same timers again, each in one of its own."""
        timers: list[Timer] = []
        try:
            async with self._factory(_actor(kinds)) as work:
                timers = await _take(work, kinds, limit)
                await self._apply(work, timers)
                work.after.append(lambda: self._count(timers))
        except Exception as error:
            if not timers:
                raise
            log.info("timers.one_by_one", kinds=kinds, timers=len(timers), error=type(error).__name__)
            for timer in timers:
                await self._fire_alone(timer)
        return len(timers)

    async def _fire_alone(self, timer: Timer) -> None:
        try:
            async with self._factory(_actor([timer.kind])) as work:
                timers = await _take(work, [timer.kind], 1, key=timer.key)
                await self._apply(work, timers)
                work.after.append(lambda: self._count(timers))
        except Exception as error:  # noqa: BLE001 - the failure is written to the timer's row
            await self._failed(timer, error)

    async def _apply(self, work: W, timers: list[Timer]) -> None:
        """Run the handlers. Each single one gets a cause of its own; what it changed is written before the next begins."""
        if not timers:
            return
        handler = self._handlers[timers[0].kind]
        if isinstance(handler, Batched):
            await handler.handler(work, timers)
            return
        for timer in timers:
            one = self._handlers[timer.kind]
            assert not isinstance(one, Batched)  # noqa: S101 - kinds with sets are taken apart from these
            await work.turn(Cause())
            work.actor = _actor([timer.kind])
            await one(work, timer)

    def _count(self, timers: list[Timer]) -> None:
        service = self._factory.source
        for kind, fired in Counter(timer.kind for timer in timers).items():
            self._metrics.timers_fired.labels(service, kind).inc(fired)

    async def _failed(self, timer: Timer, error: Exception) -> None:
        attempts = timer.attempts + 1
        transient = is_transient(error) or isinstance(error, VersionConflict)
        park = not transient and (isinstance(error, Refused) or attempts >= self._policy.max_attempts)
        values = {
            "kind": timer.kind,
            "key": timer.key,
            "due": timer.due,
            "failure": f"{type(error).__name__}: {getattr(error, 'code', '')}".rstrip(": "),
            "delay": self._policy.delay(attempts),
            "park": park,
        }
        async with self._factory(_actor([timer.kind])) as work:
            await work.connection.execute(_FAIL, values)
        labels = (self._factory.source, timer.kind)
        self._metrics.timers_failed.labels(*labels).inc()
        if park:
            self._metrics.timers_parked.labels(*labels).inc()
            log.error("timers.parked", kind=timer.kind, key=timer.key, attempts=attempts, exc_info=error)
        else:
            log.warning("timers.failed", kind=timer.kind, key=timer.key, attempts=attempts, exc_info=error)


def _actor(kinds: list[str]) -> Actor:
    return Actor.system(f"timer:{kinds[0]}" if len(kinds) == 1 else "timer")


async def _take(work: Work, kinds: list[str], limit: int, key: str | None = None) -> list[Timer]:
    """Delete due timers and return them, oldest first. They come back if the transaction does not commit.

    A timer locks its row and then what it is about; a command does it the other way round. So that never the command is
    the victim of their deadlock, the timer gives way first: it waits for a lock for less than the deadlock detector does.
    """
    rows = await work.connection.execute(_TAKE, {"kinds": kinds, "limit": limit, "key": key})
    timers = [Timer(row.kind, row.key, as_utc(row.due), row.payload, row.attempts) for row in rows]
    if timers:
        await work.connection.execute(_GIVE_WAY)
    return sorted(timers, key=lambda timer: (timer.due, timer.kind, timer.key))


_NEXT = text("SELECT min(next_try) - now() FROM timers WHERE parked_at IS NULL AND kind = ANY (CAST(:kinds AS text[]))")
_GIVE_WAY = text("SET LOCAL lock_timeout = '250ms'")
_TAKE = text(
    """
    DELETE FROM timers WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM timers
        WHERE parked_at IS NULL AND next_try <= now() AND kind = ANY (CAST(:kinds AS text[]))
            AND (CAST(:key AS text) IS NULL OR key = :key)
        ORDER BY next_try LIMIT :limit FOR UPDATE SKIP LOCKED
    )) RETURNING kind, key, due, payload, attempts
    """
)
_FAIL = text(
    """
    UPDATE timers SET attempts = attempts + 1, failure = :failure, next_try = now() + CAST(:delay AS interval),
        parked_at = CASE WHEN :park THEN now() END
    WHERE kind = :kind AND key = :key AND due = :due
    """
)
