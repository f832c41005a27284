"""The park: messages that cannot be applied, with their raw bytes and the reason.

Later events of the same key and consumer follow into the park, so that a release replays them in order; only what is not its
owner's (`provenance.FOREIGN`) is out of the order of its key. Who parks a follower and who releases its key take the same
lock, so that no follower comes into an emptied lane unseen. The texts here say what an error was and where, never what the
input was. What a message holds is sealed; see `parked_content`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from rapport_chassis import parked_content
from rapport_chassis.alarms import Alarm
from rapport_chassis.provenance import FOREIGN
from rapport_chassis.tables import parked
from rapport_chassis.vault import Box

if TYPE_CHECKING:
    from rapport_chassis.work import Work

Lane = tuple[str, bytes]
"""Topic and raw key: what keeps its order."""
Headers = Sequence[tuple[str, bytes | None]]

FOLLOWS = "follows"
"""Reason of a message that is parked only because an earlier one of its key is."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A record on its way into the park. `reason` is a stable code, `detail` class and place of the error."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: Headers
    value: bytes | None
    reason: str
    detail: str = ""
    event_id: UUID | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class ParkedMessage:
    """A message in the park as an operator sees it; `value` and `headers` are empty once it is settled, and where they were
    not opened."""

    id: int
    consumer: str
    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: list[tuple[str, bytes | None]]
    value: bytes | None
    event_id: UUID | None
    type: str | None
    reason: str
    detail: str
    attempts: int
    state: str
    parked_at: datetime
    settled_at: datetime | None
    settled_by: str | None

    @property
    def lane(self) -> Lane | None:
        """What it keeps its order with; None without a key, and for what is not its owner's."""
        return (self.topic, self.key) if self.key and self.reason not in FOREIGN else None


@dataclass(frozen=True, slots=True)
class Group:
    """Messages that have the same cause, counted: where an operator begins."""

    consumer: str
    type: str | None
    reason: str
    messages: int
    keys: int
    first_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which parked messages; what is None does not restrict. `key` as text (the aggregate id)."""

    id: int | None = None
    consumer: str | None = None
    key: str | None = None
    type: str | None = None
    reason: str | None = None
    state: str | None = "parked"

    def of(self, query: Select[Any]) -> Select[Any]:
        """The query, restricted."""
        for column, wanted in (
            (parked.c.id, self.id),
            (parked.c.consumer, self.consumer),
            (parked.c.key, None if self.key is None else self.key.encode()),
            (parked.c.type, self.type),
            (parked.c.reason, self.reason),
            (parked.c.state, self.state),
        ):
            if wanted is not None:
                query = query.where(column == wanted)
        return query


async def blocked(connection: asyncpg.Connection, consumer: str, keys: Iterable[bytes]) -> set[Lane]:
    """Those lanes of these keys that have messages in the park. Holds their locks until the end of the transaction."""
    wanted = list(keys)
    found = await connection.fetch(_BLOCKED, consumer, wanted, FOREIGN)
    if not found:
        return set()
    lanes = sorted((row[0], row[1]) for row in found)
    await connection.execute(_LOCK_SHARED, [lock(consumer, lane) for lane in lanes])
    # Asked again under the lock: a release may have emptied a lane meanwhile.
    return {(row[0], row[1]) for row in await connection.fetch(_BLOCKED, consumer, [key for _, key in lanes], FOREIGN)}


async def park(work: Work, consumer: str, rejects: Sequence[Reject]) -> None:
    """Put records into the park, in order, with two statements (the key of the park, the rows). A record that lies there
    already stays as it is."""
    if not rejects:
        return
    box = await parked_content.box_of(work.vault, create=True)
    held = [_held(box, reject) for reject in rejects]
    connection = await work.raw()
    await connection.execute(
        _PARK,
        consumer,
        [reject.topic for reject in rejects],
        [reject.partition for reject in rejects],
        [reject.offset for reject in rejects],
        [reject.key for reject in rejects],
        [headers for headers, _ in held],
        [value for _, value in held],
        [reject.event_id for reject in rejects],
        [reject.type for reject in rejects],
        [reject.reason for reject in rejects],
        [reject.detail for reject in rejects],
        box is not None,
        [" ".join(map(str, parked_content.mentions(reject.value))) for reject in rejects],
    )


def _held(box: Box | None, reject: Reject) -> tuple[str, bytes | None]:
    headers = write_headers(reject.headers)
    return (headers, reject.value) if box is None else ("[]", parked_content.seal(box, headers, reject.value))


async def messages(
    connection: AsyncConnection, which: Selection, *, after: int = 0, limit: int = 100, box: Box | None = None
) -> list[ParkedMessage]:
    """Messages in the order in which they were parked, beginning behind the id `after`; `box` opens what is sealed."""
    query = which.of(select(parked)).where(parked.c.id > after).order_by(parked.c.id).limit(limit)
    return [message(row, box) for row in (await connection.execute(query)).mappings()]


async def groups(connection: AsyncConnection, which: Selection, *more: ColumnElement[bool]) -> list[Group]:
    """The messages counted by consumer, type and reason, the largest group first."""
    by = (parked.c.consumer, parked.c.type, parked.c.reason)
    count = func.count().label("messages")
    query = select(*by, count, func.count(parked.c.key.distinct()), func.min(parked.c.parked_at))
    rows = await connection.execute(which.of(query).where(*more).group_by(*by).order_by(count.desc(), *by))
    return [Group(*row) for row in rows]


async def count_foreign(work: Work) -> int:
    """How many messages lie in the park that are not shown to be their owner's."""
    counting = select(func.count()).where(parked.c.state == "parked", parked.c.reason.in_(FOREIGN))
    return int((await work.connection.execute(counting)).scalar_one())


FOREIGN_FACTS = Alarm(
    "foreign-facts",
    "rapport_foreign_facts",
    "Parked messages that are not shown to be facts of their owner, such as an erasure without a signature",
    count_foreign,
    every=timedelta(seconds=10),
)


def message(row: Any, box: Box | None = None) -> ParkedMessage:
    """A row of the table, read. What is sealed is left out without the box of the park. Raises Damaged."""
    values = {name: row[name] for name in ParkedMessage.__dataclass_fields__}
    headers, value = row["headers"], row["value"]
    if row["sealed"] and value is not None:
        headers, value = ([], None) if box is None else parked_content.unseal(box, value)
    return ParkedMessage(**{**values, "headers": read_headers(headers), "value": value})


def lock(consumer: str, lane: Lane) -> int:
    """The advisory lock of a lane of a consumer."""
    named = f"{consumer}\0{lane[0]}\0".encode() + lane[1]
    return int.from_bytes(hashlib.blake2b(named, digest_size=8).digest(), "big", signed=True)


def write_headers(headers: Headers) -> str:
    """As JSON text `[[name, base64 | null], ...]`: header values are bytes of any kind."""
    rows = [[name, None if value is None else base64.b64encode(value).decode()] for name, value in headers]
    return orjson.dumps(rows).decode()


def read_headers(rows: Iterable[Sequence[str | None]]) -> list[tuple[str, bytes | None]]:
    """The headers back from JSON."""
    return [(str(name), None if value is None else base64.b64decode(value)) for name, value in rows]


_BLOCKED = """
    SELECT DISTINCT topic, key FROM parked
    WHERE consumer = $1 AND state = 'parked' AND key = ANY($2::bytea[]) AND reason <> ALL($3::text[])
"""
# Sorted, so that two transactions never wait for each other.
_LOCK_SHARED = """
    SELECT pg_advisory_xact_lock_shared(lane) FROM (SELECT unnest($1::bigint[]) AS lane ORDER BY 1) AS lanes
"""
_PARK = """
    INSERT INTO parked (consumer, topic, partition, "offset", key, headers, value, event_id, type, reason, detail, sealed,
                        mentions)
    SELECT $1, topic, partition, "offset", key, headers::jsonb, value, event_id, type, reason, detail, $12,
           string_to_array(ids, ' ')::uuid[]
    FROM unnest($2::text[], $3::int[], $4::bigint[], $5::bytea[], $6::text[], $7::bytea[], $8::uuid[], $9::text[],
                $10::text[], $11::text[], $13::text[])
         WITH ORDINALITY AS r(topic, partition, "offset", key, headers, value, event_id, type, reason, detail, ids, place)
    ORDER BY place
    ON CONFLICT (consumer, topic, partition, "offset") DO NOTHING
"""
