"""The audit trail: append-only rows, each sealed by the hash of the one before. `auditing` checks that it is untouched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import text

from rapport_chassis.actor import Actor
from rapport_chassis.database import to_json

if TYPE_CHECKING:
    from rapport_chassis.work import Work


@dataclass(frozen=True, slots=True)
class Entry:
    """Who did what to which subject, and why; when comes from the work."""

    action: str
    subject: str
    reason: str | None
    detail: dict[str, Any]
    actor: Actor
    correlation_id: UUID


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


_INSERT = text(
    """
    INSERT INTO audit (at, actor_kind, actor_id, action, subject, reason, detail, correlation_id)
    SELECT :at, e.actor_kind, e.actor_id, e.action, e.subject, e.reason, e.detail, e.correlation_id
    FROM jsonb_to_recordset(CAST(:entries AS jsonb)) AS e(
        actor_kind text, actor_id text, action text, subject text, reason text, detail jsonb, correlation_id uuid
    )
    """
)
