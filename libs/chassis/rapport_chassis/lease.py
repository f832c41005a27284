"""One leader among processes: a session advisory lock, and beside it a lease row, so that a frozen leader can be put out.

A process that is stopped or hangs keeps its TCP connection, and with it the lock, for ever. A standby that sees no beat
for `stale_after` seconds of its own clock ends the leader's session (`pg_terminate_backend`, which every role may do
to its own sessions) and takes the lock. The old leader finds its connection dead at its next statement; before it
does anything outside the database it asks `sure()`, which makes such a statement when the last one is too old.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import time
from collections.abc import Callable

import asyncpg

from rapport_chassis.database import Database
from rapport_chassis.observability import get_logger

log = get_logger(__name__)


class LeaseLost(Exception):
    """Somebody else leads now, or may."""


class Lease:
    """Leadership called `name` within one database. All statements of the leader go over `connection`, which holds the lock.

    `stale_after`: seconds without a beat after which a leader is put out; it beats four times as often.
    """

    def __init__(self, database: Database, name: str, *, stale_after: float = 10.0) -> None:
        """Nothing is connected yet."""
        self._database = database
        self._name = name
        self._stale_after = stale_after
        self._connection: asyncpg.Connection | None = None
        self._lock = int.from_bytes(hashlib.blake2b(f"rapport.{name}".encode(), digest_size=8).digest(), "big", signed=True)
        self._confirmed = 0.0
        self._beaten = 0.0
        self.epoch = 0

    @property
    def connection(self) -> asyncpg.Connection:
        """The connection that holds the lock. Raises LeaseLost when there is none or it is closed."""
        if self._connection is None or self._connection.is_closed():
            raise LeaseLost
        return self._connection

    async def acquire(self, stop: asyncio.Event, *, seen: Callable[[], None]) -> bool:
        """Wait until this process leads (True) or `stop` is set (False). Raises what the database raises.

        `seen` is told at every look: standing by is work, too.
        """
        self._connection = await self._database.dedicated()
        last: object = None
        since = time.monotonic()
        while not stop.is_set():
            asked = time.monotonic()
            if await self._connection.fetchval("SELECT pg_try_advisory_lock($1)", self._lock):
                self.epoch = await self._connection.fetchval(_TAKE, self._name, f"{socket.gethostname()}:{os.getpid()}")
                self._confirmed = self._beaten = asked
                return True
            beat = await self._connection.fetchrow(_BEAT_OF, self._name)
            if beat != last:
                last, since = beat, asked
            elif asked - since > self._stale_after:
                await self._evict_leader()
                since = asked
                continue
            seen()
            try:
                await asyncio.wait_for(stop.wait(), min(0.5, self._stale_after / 4))
            except TimeoutError:
                continue
        return False

    async def beat(self) -> None:
        """Say that we are alive when it is time to. Raises LeaseLost or what the database raises."""
        if time.monotonic() - self._beaten > self._stale_after / 4:
            await self._confirm()

    async def sure(self) -> None:
        """Return only when nobody can have taken over up to now. Raises LeaseLost or what the database raises."""
        if time.monotonic() - self._confirmed > self._stale_after / 2:
            await self._confirm()

    def confirmed(self, asked: float) -> None:
        """A statement on `connection` begun at `asked` (monotonic) has succeeded: the lock was ours then."""
        self._confirmed = asked

    async def _confirm(self) -> None:
        asked = time.monotonic()
        try:
            confirmed = await self.connection.execute(_BEAT, self._name, self.epoch) == "UPDATE 1"
        except asyncpg.InternalClientError as error:
            # The session was ended a moment ago: the driver has read that, but not yet closed the connection.
            raise LeaseLost from error
        if not confirmed:
            raise LeaseLost
        self._confirmed = self._beaten = asked

    async def _evict_leader(self) -> None:
        """End the session of whoever holds the lock and does not beat."""
        ended = await self.connection.fetchval(_PUT_OUT, self._lock >> 32 & 0xFFFFFFFF, self._lock & 0xFFFFFFFF)
        log.warning("lease.put-out", lease=self._name, backend=ended)

    async def release(self) -> None:
        """Give it up: closing the connection frees the lock."""
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            try:
                await connection.close(timeout=2)
            except Exception as error:  # noqa: BLE001 - a connection that cannot be closed properly is cut
                log.info("lease.cut", lease=self._name, error=type(error).__name__)
                connection.terminate()


_TAKE = """
    INSERT INTO relay_lease (name, epoch, holder, pid, beat_at) VALUES ($1, 1, $2, pg_backend_pid(), clock_timestamp())
    ON CONFLICT (name) DO UPDATE SET
        epoch = relay_lease.epoch + 1, holder = excluded.holder, pid = excluded.pid, beat_at = excluded.beat_at
    RETURNING epoch
"""
_BEAT = "UPDATE relay_lease SET beat_at = clock_timestamp() WHERE name = $1 AND epoch = $2"
_BEAT_OF = "SELECT epoch, pid, beat_at FROM relay_lease WHERE name = $1"
_PUT_OUT = """
    SELECT pid FROM pg_locks, LATERAL pg_terminate_backend(pid)
    WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND classid::bigint = $1 AND objid::bigint = $2
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
