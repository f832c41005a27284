"""One PostgreSQL database: the pool with its limits, which errors pass by themselves, and the migrations runner."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, cast

import asyncpg
import orjson
import sqlalchemy.exc
from rapport_kernel.errors import Unavailable
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from rapport_chassis import observability

log = observability.get_logger(__name__)

CONNECT_WITHIN = 5.0

TRANSIENT_CLASSES = ("08", "40", "53", "57", "58")
"""SQLSTATE classes: connection, rollback (serialisation, deadlock), resources (disk, connections), operator, system."""
TRANSIENT_STATES = {
    "25006",  # read-only transaction: a standby was promoted elsewhere
    "25P03",  # idle in transaction for too long
    "25P04",  # transaction took too long
    "55P03",  # lock not available in time
    "3D000",  # the database does not exist yet
    "28P01",  # password not accepted: a rotation in progress, or a deployment to mend; never the message's fault
}


FAILURES = {"disk-full": "53100", "no-connection-left": "53300", "pool-busy": "", "away": ""}
"""Kinds of trouble that are counted, with the SQLSTATE where there is one; `pool-busy`: none of the pool became free."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one process may ask of the database. Sum of `pool_size` over all processes < max_connections - 10.

    The server ends what takes too long; `grace` later the client gives up by itself, in case nothing comes back at all.
    """

    pool_size: int = 8
    pool_wait: timedelta = timedelta(seconds=2)
    statement: timedelta = timedelta(seconds=15)
    lock: timedelta = timedelta(seconds=4)
    idle_in_transaction: timedelta = timedelta(seconds=30)
    grace: timedelta = timedelta(seconds=5)


class Database:
    """The pool of one service's database. Connects lazily; a lost or restarted server heals without anybody's help.

    `url` is a `postgresql://` URL; `name` appears in pg_stat_activity.
    """

    def __init__(
        self,
        url: str,
        *,
        name: str = "rapport",
        limits: Limits | None = None,
        refused: Callable[[str], None] = lambda _: None,
    ) -> None:
        """No connection is made here. `refused` is told of each failure of FAILURES."""
        self.limits = limits or Limits()
        self.name = name
        self.url = url
        self.engine = engine(
            url,
            self._server_settings(),
            command_timeout=(self.limits.statement + self.limits.grace).total_seconds(),
            pool_size=self.limits.pool_size,
            max_overflow=0,
            pool_timeout=self.limits.pool_wait.total_seconds(),
            pool_recycle=1800,
            pool_use_lifo=True,
            json_serializer=_to_json,
            json_deserializer=orjson.loads,
        )
        self._refused = refused
        self._abandoned: set[int] = set()
        self._ending: asyncio.Task[None] | None = None
        event.listen(self.engine.sync_engine, "checkout", _refuse_closed)
        event.listen(self.engine.sync_engine, "invalidate", self._note_abandoned)
        event.listen(self.engine.sync_engine, "handle_error", lambda failed: self._note(failed.original_exception))

    async def connection(self) -> AsyncConnection:
        """A connection of the pool, not yet in a transaction; the caller closes it. Raises Unavailable when none is free."""
        try:
            return await self.engine.connect()
        except sqlalchemy.exc.TimeoutError:
            self._refused("pool-busy")
            raise Unavailable("database-busy", retry_after=2) from None
        except Exception as error:
            self._note(error)
            raise

    def in_use(self) -> int:
        """How many connections of the pool somebody has."""
        return cast("QueuePool", self.engine.pool).checkedout()

    def _note(self, error: BaseException) -> None:
        """Count what is the server's trouble and not that of a statement."""
        state = sqlstate(error)
        known = next((kind for kind, code in FAILURES.items() if code and code == state), None)
        if known is not None:
            self._refused(known)
        elif state is None or state.startswith(("08", "57")):
            self._refused("away")

    async def dedicated(self) -> asyncpg.Connection:
        """A connection of its own outside the pool, for session locks (relay, migrations). The caller closes it."""
        return await connect(self.url, {**self._server_settings(), "idle_in_transaction_session_timeout": "0"})

    async def ping(self) -> None:
        """One round trip. Raises what the database or the pool raises."""
        connection = await self.connection()
        try:
            await connection.execute(text("SELECT 1"))
        finally:
            await connection.close()

    async def close(self) -> None:
        """Close all pooled connections."""
        if self._ending is not None:
            await self._ending
        await self.engine.dispose()

    def _note_abandoned(self, dbapi_connection: Any, _record: ConnectionPoolEntry, error: BaseException | None) -> None:
        """A task that is cancelled in mid-statement drops its connection, but the server would go on with the statement.

        Seen with anyio's cancel scopes, which also cancel the driver's own attempt to stop it: 100 backends ran on beside
        a pool of 6. So the backends are ended from another connection, in a task that no scope can cancel.
        """
        driver = dbapi_connection.driver_connection
        if not isinstance(error, asyncio.CancelledError) or driver.is_closed():
            return
        self._abandoned.add(driver.get_server_pid())
        if self._ending is None or self._ending.done():
            self._ending = asyncio.get_running_loop().create_task(self._end_abandoned())

    async def _end_abandoned(self) -> None:
        while self._abandoned:
            pids = sorted(self._abandoned)
            self._abandoned.clear()
            try:
                connection = await self.dedicated()
                try:
                    await connection.execute(_END, pids)
                finally:
                    await connection.close()
            except (OSError, asyncpg.PostgresError):
                log.warning("database.backends_left", backends=len(pids))  # statement_timeout ends what still runs

    def _server_settings(self) -> dict[str, str]:
        def milliseconds(span: timedelta) -> str:
            return str(int(span.total_seconds() * 1000))

        return {
            "application_name": self.name,
            "jit": "off",  # costs tens of milliseconds on short statements and on the driver's own introspection
            # A plan kept from when a table was small reads the whole table until the next autovacuum: 6.7 ms instead of
            # 0.2 ms for a set at 100k rows. Planning anew costs 8-25 us for our short statements.
            "plan_cache_mode": "force_custom_plan",
            # What is asked for often lies in memory or on a solid-state disk, where a page by itself costs hardly more than
            # the next one: the limits of a month among a million complaints took 134 ms instead of 954 ms.
            "random_page_cost": "1.1",
            "timezone": "UTC",
            "statement_timeout": milliseconds(self.limits.statement),
            "lock_timeout": milliseconds(self.limits.lock),
            "idle_in_transaction_session_timeout": milliseconds(self.limits.idle_in_transaction),
        }


async def connect(
    url: str, server_settings: Mapping[str, str], *, command_timeout: float | None = None
) -> asyncpg.Connection:
    """A connection by a `postgresql://` URL with what libpq takes in it, as `sslmode=verify-full&sslrootcert=...`."""
    plain = f"postgresql://{url.partition('://')[2]}"  # whatever driver the scheme names
    options = {"timeout": CONNECT_WITHIN, "command_timeout": command_timeout}
    return await asyncpg.connect(plain, server_settings=dict(server_settings), **options)


def engine(
    url: str, server_settings: Mapping[str, str], *, command_timeout: float | None = None, **options: Any
) -> AsyncEngine:
    """SQLAlchemy on such connections: it gives the driver a URL's parameters as arguments, and TLS's are none."""
    made = partial(connect, url, server_settings, command_timeout=command_timeout)
    return create_async_engine("postgresql+asyncpg://", async_creator=made, **options)


_END = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE pid = ANY ($1::integer[]) AND usename = current_user AND pid <> pg_backend_pid()
"""


def is_transient(error: BaseException | None) -> bool:
    """True when the same work may succeed later by itself: the database, the pool or the network, never the input.

    Looks through `orig`, `__cause__` and `__context__`. Used by web (503 with Retry-After), consumers (hold the
    partition) and timers (back off).
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if _transient_itself(error):
            return True
        error = (
            getattr(error, "orig", None) or error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        )
    return False


def _transient_itself(error: BaseException) -> bool:
    if isinstance(error, Unavailable | sqlalchemy.exc.TimeoutError | TimeoutError | asyncio.TimeoutError | OSError):
        return True
    if isinstance(error, sqlalchemy.exc.DBAPIError) and error.connection_invalidated:
        return True
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        stale_plan = state == "0A000" and "cached" in str(error)  # once for each connection after a migration
        return stale_plan or state.startswith(TRANSIENT_CLASSES) or state in TRANSIENT_STATES
    return isinstance(error, asyncpg.InterfaceError) and "connection" in str(error) and "clos" in str(error)


def sqlstate(error: BaseException | None) -> str | None:
    """The SQLSTATE that PostgreSQL gave, through SQLAlchemy's wrapping; None when the error is of another kind."""
    while error is not None:
        state = getattr(error, "sqlstate", None)
        if isinstance(state, str):
            return state
        error = getattr(error, "orig", None) or error.__cause__
    return None


async def raw_connection(connection: AsyncConnection) -> asyncpg.Connection:
    """The asyncpg connection under a SQLAlchemy one, in the same transaction (which must have run a statement).

    Its json and jsonb codecs take and give text: pass `orjson.dumps(x).decode()`.
    """
    fairy = await connection.get_raw_connection()
    return cast("asyncpg.Connection", fairy.driver_connection)


def to_json(value: Any) -> str:
    """JSON text as the database takes it: datetimes ISO 8601, UUIDs, Decimals as text (exact), bytes as `\\x` hex."""
    return _to_json(value)


def _to_json(value: Any) -> str:
    return orjson.dumps(value, default=_json_default, option=orjson.OPT_NON_STR_KEYS).decode()


def _json_default(value: Any) -> Any:
    if isinstance(value, bytes | bytearray | memoryview):
        return "\\x" + bytes(value).hex()
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


def _refuse_closed(dbapi_connection: Any, _record: ConnectionPoolEntry, _proxy: Any) -> None:
    """The driver knows when the server has hung up: such a connection is replaced without a ping on each checkout."""
    if dbapi_connection.driver_connection.is_closed():
        raise sqlalchemy.exc.DisconnectionError("the server has closed this connection")
