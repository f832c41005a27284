"""The inbox: which events a consumer has seen, kept in the transaction that applied them.

Partitioned by the day that the event itself names, so that a late duplicate meets its first copy, and forgetting is a
DROP. A day is forgotten when nobody has applied an event of it for `keep`, counted from the applying. From then on its
events are refused for consumers that knew it (`first_day`): nobody could tell whether they were applied.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import asyncpg
from rapport_kernel.errors import Unavailable
from sqlalchemy import text

from rapport_chassis.database import Database, sqlstate
from rapport_chassis.observability import get_logger

log = get_logger(__name__)

KEEP = timedelta(days=35)
AHEAD = 2
"""Days made before they come."""
_TURN = 7_270_011
"""Advisory lock: one process at a time makes and drops partitions."""
_NO_PARTITION = "23514"


def digest(kind: str, value: bytes) -> int:
    """64 bits that tell whether two records of one id say the same."""
    return int.from_bytes(hashlib.blake2b(value, digest_size=8, key=kind.encode()[:64]).digest(), "big", signed=True)


class Inbox:
    """The inbox of one consumer. `first_day`: older events cannot be told from applied ones; None while all can."""

    def __init__(self, database: Database, consumer: str, *, keep: timedelta = KEEP) -> None:
        """`keep` must exceed the longest downtime of a consumer plus the longest replay."""
        self._database = database
        self._consumer = consumer
        self._keep = keep
        self._days: set[date] = set()
        self.first_day: date | None = None

    async def prepare(self, days: Iterable[date]) -> None:
        """Make the partitions of these days if they are not there; outside of any transaction. Usually does nothing."""
        missing = sorted(set(days) - self._days)
        if not missing:
            return
        connection = await self._database.connection()
        try:
            await connection.execute(_LOCK, {"turn": _TURN})
            there = set((await connection.execute(_PARTITIONS)).scalars())
            for day in missing:
                if (name := _name(day)) not in there:
                    # ATTACH lets readers and writers of the other days go on, which CREATE ... PARTITION OF does not.
                    await connection.execute(text(f"CREATE TABLE {name} (LIKE inbox INCLUDING ALL)"))
                    span = f"FROM ('{day}') TO ('{day + timedelta(days=1)}')"
                    await connection.execute(text(f"ALTER TABLE inbox ATTACH PARTITION {name} FOR VALUES {span}"))
            self.first_day = (await connection.execute(_HORIZON, {"consumer": self._consumer})).scalar()
            await connection.commit()
        finally:
            await connection.close()
        self._days.update(missing)

    async def take(
        self, connection: asyncpg.Connection, ids: Sequence[UUID], days: Sequence[date], digests: Sequence[int]
    ) -> tuple[set[UUID], set[UUID]]:
        """Mark events as seen, in one statement. Returns those that are new, and those whose id was seen with another body.

        `ids` are distinct; their days are prepared. Raises Unavailable when a day was dropped meanwhile (try again).
        """
        try:
            rows = await connection.fetch(_TAKE, self._consumer, days, ids, digests)
        except asyncpg.PostgresError as error:
            if sqlstate(error) == _NO_PARTITION:
                self._days.clear()
                raise Unavailable("inbox-changed") from error
            raise
        fresh = {row[0] for row in rows}
        if len(fresh) == len(ids):
            return fresh, set()
        differing = await connection.fetch(_DIFFERING, self._consumer, days, ids, digests)
        return fresh, {row[0] for row in differing}

    async def maintain(self) -> list[date]:
        """Make the days ahead, forget old ones; returns the forgotten. Called at the start and every hour."""
        today = datetime.now(UTC).date()
        await self.prepare(today + timedelta(days=ahead) for ahead in range(-1, AHEAD + 1))
        forgotten = [_day(name) for name in await self._old(today) if await self._drop(name)]
        if forgotten:
            self._days.difference_update(forgotten)
            log.info("inbox.forgotten", consumer=self._consumer, days=[str(day) for day in forgotten])
        return forgotten

    async def _old(self, today: date) -> list[str]:
        connection = await self._database.connection()
        try:
            names = (await connection.execute(_PARTITIONS)).scalars()
            return sorted(name for name in names if _day(name) < today - self._keep)
        finally:
            await connection.close()

    async def _drop(self, name: str) -> bool:
        """Drop one day unless it is in use; writes down who can no longer tell. False when it stays."""
        connection = await self._database.connection()
        try:
            await connection.execute(_LOCK, {"turn": _TURN})
            if (await connection.execute(text("SELECT to_regclass(:name)"), {"name": name})).scalar() is None:
                return False
            used = text(f"SELECT EXISTS (SELECT FROM {name} WHERE applied_at > now() - CAST(:keep AS interval))")  # noqa: S608
            if (await connection.execute(used, {"keep": self._keep})).scalar():
                return False
            knew = text(f"{_FORGET} SELECT DISTINCT consumer, CAST(:first AS date) FROM {name} {_OR_LATER}")  # noqa: S608
            await connection.execute(knew, {"first": _day(name) + timedelta(days=1)})
            await connection.execute(text("SET LOCAL lock_timeout = '2s'"))
            await connection.execute(text(f"DROP TABLE {name}"))
            self.first_day = (await connection.execute(_HORIZON, {"consumer": self._consumer})).scalar()
            await connection.commit()
        finally:
            await connection.close()
        return True


def _name(day: date) -> str:
    return f"inbox_{day:%Y%m%d}"


def _day(name: str) -> date:
    return datetime.strptime(name, "inbox_%Y%m%d").replace(tzinfo=UTC).date()


_LOCK = text("SELECT pg_advisory_xact_lock(:turn)")
_PARTITIONS = text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'inbox'::regclass")
_HORIZON = text("SELECT first_day FROM inbox_horizon WHERE consumer = :consumer")
_FORGET = "INSERT INTO inbox_horizon (consumer, first_day)"
_OR_LATER = """
    ON CONFLICT (consumer) DO UPDATE SET first_day = greatest(inbox_horizon.first_day, excluded.first_day)
"""
_TAKE = """
    INSERT INTO inbox (consumer, event_day, event_id, digest)
    SELECT $1, day, id, digest FROM unnest($2::date[], $3::uuid[], $4::bigint[]) AS e(day, id, digest)
    ON CONFLICT DO NOTHING
    RETURNING event_id
"""
_DIFFERING = """
    SELECT event_id FROM unnest($2::date[], $3::uuid[], $4::bigint[]) AS e(day, id, digest)
    JOIN inbox ON event_day = day AND consumer = $1 AND event_id = id
    WHERE inbox.digest <> e.digest
"""
