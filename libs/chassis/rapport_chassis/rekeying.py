"""What is under older versions of a key is brought under the newest one, in portions, while the service runs.

The chassis does it for data keys (master). A subject declares what else it keeps under versions of a key, and how its rows
are written again. So an old version is in use for a while, then for nothing: a metric says how many rows are left, and only
then may its line go. A service does not start when the line of a version that is in use is missing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from prometheus_client import Gauge
from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from rapport_chassis import vault
from rapport_chassis.keys import HIGHEST_VERSION, KeyRing, Keys
from rapport_chassis.loops import Loop
from rapport_chassis.metrics import FRESH, measured
from rapport_chassis.work import Work

PORTION = 500
COUNTED = timedelta(minutes=5)
REKEYING, LEFT = "rekeying", "keys-left"
"""Names of the loops that write again and that count."""
Again = Callable[[Any, int], Awaitable[int]]
"""`async def index_again(work, limit)`: up to `limit` rows come under the newest version; how many did."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """Rows of a table that are under a version of a key. `count` says how many are under one; `used` which versions are in
    use, where that is quickly told."""

    key: Literal["index", "transport"]
    table: str
    again: Again
    count: Callable[[Work, int], Awaitable[int]]
    used: Callable[[AsyncConnection], Awaitable[set[int]]] | None = None

    def ring(self, keys: Keys) -> KeyRing | None:
        """Its key; None where the service has none."""
        return keys.index if self.key == "index" else keys.transport


@dataclass(frozen=True, slots=True)
class Left:
    """So many rows are still under an older version; its line of the key file may go when there are none in any table."""

    key: str
    version: int
    table: str
    rows: int


def blind_index(table: Table, column: str, again: Again) -> Keyed:
    """A column of blind indexes (`Vault.index`): the first byte is the version, so that each version is a range of it."""
    named = f"{table.name} WHERE {column}"

    async def count(work: Work, version: int) -> int:
        span = {"least": least(version), "above": above(version)}
        counting = text(f"SELECT count(*) FROM {named} >= :least AND {column} < :above")  # noqa: S608 - a table of ours
        return int((await work.connection.execute(counting, span)).scalar_one())

    async def used(connection: AsyncConnection) -> set[int]:
        found: set[int] = set()
        first = text(f"SELECT {column} FROM {named} >= :least ORDER BY {column} LIMIT 1")  # noqa: S608 - a table of ours
        version = 0
        while version <= HIGHEST_VERSION:
            index = (await connection.execute(first, {"least": least(version)})).scalar_one_or_none()
            if index is None:
                break
            found.add(index[0])
            version = index[0] + 1
        return found

    return Keyed("index", table.name, again, count, used)


def least(version: int) -> bytes:
    """Blind indexes of this version begin here."""
    return bytes([version])


def above(version: int) -> bytes:
    """And end before this."""
    return bytes([version + 1]) if version < HIGHEST_VERSION else b"\xff" * 32


async def check(connection: AsyncConnection, keys: Keys, keyed: Sequence[Keyed]) -> None:
    """Raises KeysUnusable when something is under a version that is not in the key files."""
    known = {"known": sorted(keys.master.versions)}
    for version in (await connection.execute(_MASTERS, known)).scalars():
        raise keys.master.missing(version)
    for each in keyed:
        ring = each.ring(keys)
        if ring is not None and each.used is not None:
            for version in sorted(await each.used(connection)):
                ring.get(version)


async def left(work: Work, keys: Keys, keyed: Sequence[Keyed]) -> list[Left]:
    """How much is left under older versions; nothing is asked while there are none."""
    found = []
    for version in keys.master.older:
        rows = (await work.connection.execute(_UNDER_MASTER, {"version": version})).scalar_one()
        found.append(Left("master", version, "data_keys", rows))
    for each in keyed:
        ring = each.ring(keys)
        older = ring.older if ring is not None else []
        found += [Left(each.key, version, each.table, await each.count(work, version)) for version in older]
    return found


def loops(service: str, keys: Keys, keyed: Sequence[Keyed], gauge: Gauge) -> list[Loop]:
    """One replica at a time writes again, each of them counts."""

    async def again(work: Work) -> int:
        done = await vault.rewrap(work.connection, keys, limit=PORTION) if keys.master.older else 0
        for each in keyed:
            ring = each.ring(keys)
            if ring is not None and ring.older:
                done += await each.again(work, PORTION)
        return done

    fresh = FRESH + 2 * COUNTED.total_seconds()

    async def count(work: Work) -> int:
        for one in await left(work, keys, keyed):
            measured(gauge.labels(service, one.key, one.version, one.table), one.rows, fresh)
        return 0

    return [
        Loop(REKEYING, again, every=timedelta(minutes=1)),
        Loop(LEFT, count, every=COUNTED, alone=False),
    ]


_MASTERS = text(
    "SELECT master_version FROM data_keys WHERE wrapped IS NOT NULL AND NOT master_version = ANY(CAST(:known AS integer[]))"
    " LIMIT 1"
)
_UNDER_MASTER = text("SELECT count(*) FROM data_keys WHERE wrapped IS NOT NULL AND master_version = :version")
