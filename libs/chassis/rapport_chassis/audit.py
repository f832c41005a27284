"""The audit trail: append-only rows, each sealed by the hash of the one before; a change, a removal or a swap is found."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from rapport_chassis.actor import Actor
from rapport_chassis.database import to_json

if TYPE_CHECKING:
    from rapport_chassis.work import Work

GENESIS = hashlib.sha256(b"rapport audit").digest()
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """Who did what to which subject, and why; when comes from the work."""

    action: str
    subject: str
    reason: str | None
    detail: dict[str, Any]
    actor: Actor
    correlation_id: UUID


@dataclass(frozen=True, slots=True)
class Broken:
    """The first row at which the chain does not hold."""

    seq: int
    why: str


async def insert(work: Work, entries: list[Entry]) -> None:
    """Append the entries of one work: one statement. Its lock on the head of the chain lasts until the commit."""
    rows = [
        {
            "actor_kind": entry.actor.kind,
            "actor_id": entry.actor.id,
            "action": entry.action,
            "subject": entry.subject,
            "reason": entry.reason,
            "detail": entry.detail,
            "correlation_id": entry.correlation_id,
        }
        for entry in entries
    ]
    await work.connection.execute(_INSERT, {"at": work.now, "entries": to_json(rows)})


async def verify(connection: AsyncConnection) -> Broken | None:
    """Walk the whole chain, computing every link anew. None when it holds, else the first row where it does not."""
    link, seq = GENESIS, 0
    while True:
        rows = (await connection.execute(_WALK, {"after": seq, "limit": _BATCH})).all()
        for row in rows:
            if row.seq != seq + 1:
                return Broken(seq + 1, "row missing")
            link = hashlib.sha256(link + _content(row)).digest()
            if link != row.hash:
                return Broken(row.seq, "row changed")
            seq = row.seq
        if len(rows) < _BATCH:
            break
    head = (await connection.execute(_HEAD)).one()
    if (head.seq, head.hash) != (seq, link):
        return Broken(seq + 1, "rows missing at the end")
    return None


def _content(row: Any) -> bytes:
    """The same text as `audit_content` in the database, each part with its length before it."""
    at: datetime = row.at
    micros = int(at.timestamp()) * 1_000_000 + at.microsecond
    parts = [
        str(row.seq),
        str(micros),
        row.actor_kind,
        row.actor_id,
        row.action,
        row.subject,
        row.reason or "",
        row.detail,
        str(row.correlation_id or ""),
    ]
    return ",".join(f"{len(part)}:{part}" for part in parts).encode()


_INSERT = text(
    """
    INSERT INTO audit (at, actor_kind, actor_id, action, subject, reason, detail, correlation_id)
    SELECT :at, e.actor_kind, e.actor_id, e.action, e.subject, e.reason, e.detail, e.correlation_id
    FROM jsonb_to_recordset(CAST(:entries AS jsonb)) AS e(
        actor_kind text, actor_id text, action text, subject text, reason text, detail jsonb, correlation_id uuid
    )
    """
)
_WALK = text(
    """
    SELECT seq, at, actor_kind, actor_id, action, subject, reason, detail::text AS detail, correlation_id, hash
    FROM audit WHERE seq > :after ORDER BY seq LIMIT :limit
    """
)
_HEAD = text("SELECT seq, hash FROM audit_head WHERE one = 1")
