"""Items that could not be used, encrypted, until a person mends or drops them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from rapport_kernel.errors import NotFound
from rapport_kernel.ids import new_id

if TYPE_CHECKING:
    from rapport_chassis.work import Work

SUBJECT = UUID("9b1f7a58-6b0e-5e0c-8b8a-0c6f2f5c7a11")
"""Whose data key seals the content: that of the quarantine itself, since nobody knows yet whose data is in an item."""
PLACE = "quarantine.content"


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
    """Where an item is kept, and whether it is there for the first time."""

    id: UUID
    new: bool


@dataclass(frozen=True, slots=True)
class Item:
    """An item as it lies in quarantine; `content` is sealed, None when it is settled."""

    id: UUID
    source: str
    reason: str
    place: str
    line: int
    state: str
    content: bytes | None
    size: int
    times: int
    quarantined_at: datetime
    settled_at: datetime | None
    settled_by: str | None
    result: str | None


class Quarantine:
    """The quarantine of one work's transaction."""

    def __init__(self, work: Work) -> None:
        """Use `work.quarantine`."""
        self._work = work

    async def add(self, source: str, items: Sequence[NewItem]) -> dict[bytes, Kept]:
        """Keep items, each once however often it comes: two statements (the data key, the rows). By digest."""
        single = {item.digest: item for item in items}
        rows = [single[digest] for digest in sorted(single)]
        box = await self._work.vault.open_for([SUBJECT])
        ids = [new_id() for _ in rows]
        connection = await self._work.raw()
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

    async def lock(self, item_id: UUID) -> Item:
        """One item, for settling it. Raises NotFound."""
        return await self._one(item_id, " FOR UPDATE")

    async def get(self, item_id: UUID) -> Item:
        """One item, for reading. Raises NotFound."""
        return await self._one(item_id, "")

    async def read(self, item: Item) -> bytes | None:
        """The item as it came; None when it is settled."""
        box = await self._work.vault.open_for([SUBJECT], create=False)
        clear = box.read(SUBJECT, PLACE, item.content)
        return None if clear is None else clear.encode("latin-1")

    async def waiting_about(self, customers: Sequence[UUID]) -> list[UUID]:
        """Items that wait and name a contact of these customers by its id at the source. Reads what waits from the sources
        of their contacts, a page at a time: as long as nobody has mended an item, nobody knows what it says."""
        connection = await self._work.raw()
        calls: dict[str, set[bytes]] = {}
        for row in await connection.fetch(_CALLS, list(customers)):
            calls.setdefault(row["source"], set()).add(row["call_id"].encode())
        box = await self._work.vault.open_for([SUBJECT])
        found: list[UUID] = []
        after = UUID(int=0)
        while rows := await connection.fetch(_WAITING, list(calls), after, _PAGE):
            after = rows[-1]["id"]
            for row in rows:
                clear = (box.read(SUBJECT, PLACE, row["content"]) or "").encode("latin-1")
                if any(call in clear for call in calls[row["source"]]):
                    found.append(row["id"])
        return found

    async def settle(self, item_id: UUID, state: str, result: str) -> None:
        """It was replayed or dropped: the content is destroyed."""
        connection = await self._work.raw()
        await connection.execute(_SETTLE, item_id, state, result, str(self._work.actor), self._work.now)

    async def _one(self, item_id: UUID, lock: str) -> Item:
        connection = await self._work.raw()
        row = await connection.fetchrow(_GET + lock, item_id)
        if row is None:
            raise NotFound
        return Item(**row)


_ADD = """
    INSERT INTO quarantine (id, source, reason, place, line, digest, content, size)
    SELECT id, $1, reason, place, line, digest, content, size
    FROM unnest($2::uuid[], $3::text[], $4::text[], $5::integer[], $6::bytea[], $7::bytea[], $8::integer[])
        AS q(id, reason, place, line, digest, content, size)
    ON CONFLICT (source, digest) DO UPDATE SET times = quarantine.times + 1
    RETURNING id, digest
"""
_GET = """
    SELECT id, source, reason, place, line, state, content, size, times, quarantined_at, settled_at, settled_by, result
    FROM quarantine WHERE id = $1
"""
_SETTLE = """
    UPDATE quarantine SET state = $2, result = $3, settled_by = $4, settled_at = $5, content = NULL WHERE id = $1
"""
_PAGE = 500
_CALLS = "SELECT source, call_id FROM interactions WHERE customer_id = ANY($1::uuid[])"
_WAITING = """
    SELECT id, source, content FROM quarantine
    WHERE state = 'waiting' AND source = ANY($1::text[]) AND id > $2 ORDER BY id LIMIT $3
"""
