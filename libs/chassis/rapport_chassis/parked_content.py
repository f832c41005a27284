"""What a parked message holds, sealed: nobody knows yet whose data is in it (S114).

A message that could not be read may hold names and words in clear. Its headers and bytes are encrypted under a data key of
the park itself. So that an erasure still finds it, the ids that stand in it are kept beside it; and it does not lie for
ever. What the relay could not send is a fact of ours, which holds nothing personal: it stays as it is, and the relay needs
no keys.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from rapport_chassis.outbox import RELAY
from rapport_chassis.vault import Box, Vault

if TYPE_CHECKING:
    from rapport_chassis.work import Work

SUBJECT = UUID("5a0d5f0e-3c0c-5d6c-9a3e-6f1f2f1c9b27")
"""Whose data key seals the park."""
PLACE = "parked.content"
_ID = re.compile(rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MOST_IDS = 1000
_AT_ONCE = 200


async def box_of(vault: Vault, *, create: bool = False) -> Box | None:
    """The opened key of the park; None in a service that has no keys, as it keeps nothing personal."""
    return await vault.open_for([SUBJECT], create=create) if vault.usable else None


def seal(box: Box, headers: str, value: bytes | None) -> bytes:
    """Headers (JSON text) and bytes as one ciphertext."""
    head = headers.encode()
    clear = len(head).to_bytes(4, "big") + head + (b"" if value is None else b"\x01" + value)
    return box.seal(SUBJECT, PLACE, clear.decode("latin-1"))


def unseal(box: Box, content: bytes) -> tuple[list[list[str | None]], bytes | None]:
    """Headers as `write_headers` wrote them, and bytes. Raises Damaged."""
    clear = (box.read(SUBJECT, PLACE, content) or "").encode("latin-1")
    size = int.from_bytes(clear[:4], "big")
    head, rest = clear[4 : 4 + size], clear[4 + size :]
    return orjson.loads(head), rest[1:] if rest else None


def mentions(value: bytes | None) -> list[UUID]:
    """The ids that stand in these bytes, each once."""
    found = dict.fromkeys(_ID.findall(value or b""))
    return [UUID(one.decode()) for one in list(found)[:_MOST_IDS]]


async def seal_the_rest(work: Work) -> int:
    """Seal what an earlier version parked in clear, some at a time; how many."""
    box = await box_of(work.vault, create=True)
    rows: Sequence[Any] = []
    if box is not None:
        connection = await work.raw()
        rows = await connection.fetch(_CLEAR, RELAY, _AT_ONCE)
        sealed = [(row["id"], seal(box, row["headers"], row["value"]), mentions(row["value"])) for row in rows]
        await connection.executemany(_SEAL, sealed)
    return len(rows)


async def expire(work: Work, keep: timedelta) -> int:
    """Give up what lies in the park for longer than `keep`, some at a time; how many. Its bytes go, that it was there stays.
    Audited."""
    connection = await work.raw()
    rows = await connection.fetch(_EXPIRE, RELAY, keep, str(work.actor), _AT_ONCE)
    for row in rows:
        await work.audit("parked.expired", f"parked:{row['id']}", reason=row["reason"])
    return len(rows)


_CLEAR = """
    SELECT id, headers::text AS headers, value FROM parked
    WHERE state = 'parked' AND NOT sealed AND consumer <> $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
"""
_SEAL = "UPDATE parked SET sealed = true, headers = '[]', value = $2, mentions = $3 WHERE id = $1"
_EXPIRE = """
    UPDATE parked SET state = 'dropped', value = NULL, headers = '[]', mentions = '{}', settled_at = now(), settled_by = $3
    WHERE id = ANY (ARRAY(
        SELECT id FROM parked WHERE state = 'parked' AND consumer <> $1 AND parked_at < now() - $2::interval
        ORDER BY id LIMIT $4 FOR UPDATE SKIP LOCKED
    ))
    RETURNING id, reason
"""
