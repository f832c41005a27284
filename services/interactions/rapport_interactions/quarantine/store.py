"""Items that could not be used, encrypted, until a person mends or drops them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.columns import table_of
from rapport_chassis.filters import Changing, Dated, Many, OneOf, open_in
from rapport_chassis.histories import HistoryStore
from rapport_chassis.lists import Keyset, Page, Paging
from rapport_chassis.work import Work
from rapport_contracts.fields import Code
from rapport_kernel.ids import new_id
from sqlalchemy import Column, Index, Row, func, select, text

from rapport_interactions.quarantine.domain import LIFE, QuarantinedEvent
from rapport_interactions.schema import metadata

SUBJECT = UUID("9b1f7a58-6b0e-5e0c-8b8a-0c6f2f5c7a11")
"""The key that seals the content: that of the quarantine itself, since nobody knows yet whose data is in an item."""
PLACE = "quarantine.content"

quarantine = table_of(
    QuarantinedEvent,
    "quarantine",
    metadata,
    # Items are inserted in sets, without these: each begins with version 1, that of `inbound-event.quarantined`.
    Column("version", server_default="1"),
    Column("state", server_default="waiting", comment="waiting | replayed | dropped"),
    Column("last_at", server_default=func.now()),
    Column("place", comment="which field, as far as it is one that we know"),
    Column("line", comment="position in its batch, from 0"),
    Column("digest", comment="keyed, of reason and content: the same item is kept once"),
    Column("content", comment="the item as it came, encrypted; destroyed when it is settled"),
    Column("times", server_default="1", comment="how often it came"),
    Column("quarantined_at", server_default=func.now()),
    Column("result", comment="of the replay, or the reason of the drop"),
    Index("quarantine_item", "source", "digest", unique=True),
    Index("quarantine_time", "quarantined_at", "id"),
    Index("quarantine_waiting", "quarantined_at", "id", postgresql_where=text("state = 'waiting'")),
    comment="Pushed items that could not be used.",
)
_Q = quarantine.c
RECENT = Keyset({"quarantined_at": quarantine.c.quarantined_at}, quarantine.c.id, default="-quarantined_at")
_SHOWN = [column for column in quarantine.c if column.name not in {"content", "digest"}]


class ItemFilters(Changing, Dated):
    """Which items, by when they came first."""

    at = "quarantined_at"

    source: Many[Code] | None = None
    reason: Many[Code] | None = None
    state: Annotated[Many[str] | None, OneOf(LIFE.states)] = None
    open: Annotated[bool | None, open_in(LIFE)] = Field(default=None, description="Waiting, or settled.")


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item to keep. `line` is its position in the batch, `digest` keyed and over its reason and content."""

    reason: str
    place: str
    line: int
    digest: bytes
    content: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """Where an item is kept, and whether it is new there."""

    id: UUID
    new: bool


class Quarantine(HistoryStore[QuarantinedEvent]):
    """The quarantine: items are put in in sets, and settled one by one with a history."""

    table = quarantine
    kind = QuarantinedEvent
    name = "quarantine"

    async def put_aside(self, source: str, items: Sequence[NewItem]) -> dict[bytes, Kept]:
        """Keep items, each once however often it comes: two statements (the data key, the rows). By digest."""
        single = {item.digest: item for item in items}
        rows = [single[digest] for digest in sorted(single)]
        box = await self.work.vault.open_for([SUBJECT])
        ids = [new_id() for _ in rows]
        connection = await self.work.raw()
        kept = await connection.fetch(
            _ADD,
            source,
            ids,
            [row.reason for row in rows],
            [row.place for row in rows],
            [row.line for row in rows],
            [row.digest for row in rows],
            [box.seal(SUBJECT, PLACE, row.content.decode("latin-1")) for row in rows],
            [len(row.content) for row in rows],
        )
        fresh = set(ids)
        return {row["digest"]: Kept(row["id"], row["id"] in fresh) for row in kept}

    async def read(self, item: QuarantinedEvent) -> bytes | None:
        """The item as it came; None when it is settled."""
        box = await self.work.vault.open_for([SUBJECT], create=False)
        clear = box.read(SUBJECT, PLACE, item.content)
        return None if clear is None else clear.encode("latin-1")

    async def bytes_waiting(self, source: str) -> int:
        """How much waits for this source: one statement."""
        waiting = select(func.coalesce(func.sum(_Q.size), 0)).where(_Q.source == source, _Q.state == "waiting")
        return int((await self.work.connection.execute(waiting)).scalar_one())

    async def waiting_since(self, before: datetime, most: int) -> list[UUID]:
        """So many of those that wait since before then, the oldest first."""
        old = select(_Q.id).where(_Q.state == "waiting", _Q.quarantined_at < before)
        return list((await self.work.connection.execute(old.order_by(_Q.quarantined_at, _Q.id).limit(most))).scalars())

    async def waiting_about(self, customers: Sequence[UUID]) -> list[UUID]:
        """Items that wait and name a contact of these customers by its id at the source. Reads all that waits from the
        sources of their contacts, a page at a time: nobody knows what is in an item before it is mended."""
        connection = await self.work.raw()
        calls: dict[str, set[bytes]] = {}
        for row in await connection.fetch(_CALLS, list(customers)):
            calls.setdefault(row["source"], set()).add(row["call_id"].encode())
        box = await self.work.vault.open_for([SUBJECT])
        found: list[UUID] = []
        after = UUID(int=0)
        while rows := await connection.fetch(_WAITING, list(calls), after, _PAGE):
            after = rows[-1]["id"]
            for row in rows:
                clear = (box.read(SUBJECT, PLACE, row["content"]) or "").encode("latin-1")
                if any(call in clear for call in calls[row["source"]]):
                    found.append(row["id"])
        return found


async def count_open(work: Work) -> int:
    """How many items are not settled."""
    waiting = select(func.count()).select_from(quarantine).where(_Q.state == "waiting")
    return int((await work.connection.execute(waiting)).scalar_one())


async def find_items(work: Work, filters: ItemFilters, paging: Paging) -> Page[Row[Any]]:
    """A page of items without what they hold, the latest first unless asked otherwise. Raises Invalid for a bad cursor or
    order."""
    statement = select(*_SHOWN).where(*filters.conditions(work, quarantine))
    return await RECENT.find(work, statement, paging, filters.asked)


_ADD = """
    INSERT INTO quarantine (id, source, reason, place, line, digest, content, size)
    SELECT id, $1, reason, nullif(place, ''), line, digest, content, size
    FROM unnest($2::uuid[], $3::text[], $4::text[], $5::integer[], $6::bytea[], $7::bytea[], $8::integer[])
        AS q(id, reason, place, line, digest, content, size)
    ON CONFLICT (source, digest) DO UPDATE SET times = quarantine.times + 1
    RETURNING id, digest
"""
_PAGE = 500
_CALLS = "SELECT source, call_id FROM interactions WHERE customer_id = ANY($1::uuid[])"
_WAITING = """
    SELECT id, source, content FROM quarantine
    WHERE state = 'waiting' AND source = ANY($1::text[]) AND id > $2 ORDER BY id LIMIT $3
"""
