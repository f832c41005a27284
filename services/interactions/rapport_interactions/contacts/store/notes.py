"""Personal data of contacts: identifiers of pushed events, and notes of agents, sealed with the key of the customer, or of
the contact until the customer is known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from uuid import UUID

from rapport_chassis.keys import Keys
from rapport_chassis.vault import Transport
from rapport_chassis.work import Work
from rapport_contracts.interactions import PRIVATE
from sqlalchemy import text

_DIGEST_BYTES = 16
_MARK_BYTES = 9


class Seals:
    """Keyed digests and sealed identifiers. Open it with `await seals_of(work)`."""

    def __init__(self, keys: Keys, key: bytes) -> None:
        """`key` is that of digests and marks. Raises KeysUnusable when the installation has no transport key."""
        self._transport = Transport(keys)
        self._digest = hashlib.blake2b(key=key, digest_size=_DIGEST_BYTES)
        self._mark = hashlib.blake2b(key=key, digest_size=_MARK_BYTES)

    def digest(self, content: bytes) -> bytes:
        """The keyed digest by which the same content is recognised."""
        begun = self._digest.copy()
        begun.update(content)
        return begun.digest()

    def mark(self, interaction_id: UUID, kind: str, value: str) -> str:
        """Tells equal identifiers of one contact; those of two contacts cannot be compared."""
        begun = self._mark.copy()
        begun.update(interaction_id.bytes + kind.encode() + b"\0" + value.encode())
        return begun.hexdigest()

    def seal(self, interaction_id: UUID, value: str) -> str:
        """Sealed for Profiles alone, as it travels on the private topic."""
        return self._transport.seal(value, f"{PRIVATE}:{interaction_id}")


async def seals_of(work: Work) -> Seals:
    """Digests and marks must stay comparable for as long as their rows live, so they have a key of their own, which never
    changes: a data key under the master key, read once in a process. Without it nobody can try out which number lies behind
    a digest. An installation that made digests under its index key goes on with that one.

    Raises KeysUnusable when the installation has no keys."""
    key: bytes | None = work.kept.get(DIGESTS)
    if key is None:
        ring = work.vault.keys.index
        before = (await work.connection.execute(_DIGESTS_THERE)).scalar_one()
        key, made = await work.vault.own_key(DIGESTS, first=ring.get(min(ring.versions)) if before else None)
        if not made:  # what was made may yet be rolled back
            work.kept[DIGESTS] = key
    return Seals(work.vault.keys, key)


DIGESTS = UUID("4f7d2b8e-6f1c-5b60-9a53-7c0c7f6a1d22")
"""Whose data key is that of digests and marks."""
_DIGESTS_THERE = text("SELECT EXISTS (SELECT FROM call_events) OR EXISTS (SELECT FROM quarantine)")
PLACE = "notes.content"


class Notes:
    """Notes in the transaction of a work."""

    def __init__(self, work: Work) -> None:
        """Open it with `work.store(Notes)`."""
        self._work = work

    async def write(self, interaction_id: UUID, subject: UUID, note: str) -> None:
        """Keep the note of a new contact."""
        box = await self._work.vault.open_for([subject])
        connection = await self._work.raw()
        sealed = box.seal(subject, PLACE, note)
        await connection.execute(_WRITE, [interaction_id], [subject], [sealed], str(self._work.actor))

    async def read(self, interaction_id: UUID) -> str | None:
        """The note in clear; None when there is none, or its customer was erased."""
        connection = await self._work.raw()
        row = await connection.fetchrow(_READ, [interaction_id])
        if row is None:
            return None
        box = await self._work.vault.open_for([row["subject"]], create=False)
        return box.read(row["subject"], PLACE, row["content"])

    async def exists(self, interaction_id: UUID) -> bool:
        """Whether there is a note."""
        connection = await self._work.raw()
        return await connection.fetchrow(_READ, [interaction_id]) is not None

    async def follow(self, customers: Mapping[UUID, UUID]) -> None:
        """Reseal the notes of these contacts under the keys of their customers, so that erasing one erases them."""
        connection = await self._work.raw()
        rows = await connection.fetch(_READ, list(customers))
        moved = [row for row in rows if row["subject"] != customers[row["interaction_id"]]]
        if not moved:
            return
        box = await self._work.vault.open_for([row["subject"] for row in moved], create=False)
        target = await self._work.vault.open_for([customers[row["interaction_id"]] for row in moved])
        ids, subjects, contents = [], [], []
        for row in moved:
            customer = customers[row["interaction_id"]]
            clear = box.read(row["subject"], PLACE, row["content"])
            if clear is not None and not target.erased(customer):
                ids.append(row["interaction_id"])
                subjects.append(customer)
                contents.append(target.seal(customer, PLACE, clear))
        await connection.execute(_MOVE, ids, subjects, contents)


_WRITE = """
    INSERT INTO notes (interaction_id, subject, content, written_by)
    SELECT i, s, c, $4 FROM unnest($1::uuid[], $2::uuid[], $3::bytea[]) AS n(i, s, c)
"""
_READ = "SELECT interaction_id, subject, content FROM notes WHERE interaction_id = ANY($1::uuid[])"
_MOVE = """
    UPDATE notes SET subject = m.s, content = m.c
    FROM unnest($1::uuid[], $2::uuid[], $3::bytea[]) AS m(i, s, c) WHERE interaction_id = m.i
"""
