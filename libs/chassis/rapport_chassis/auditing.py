"""Whether the audit trail is what was written: every link computed anew, held against the anchors outside, and the rows of
histories held against what the trail says of them.

A walk begins at the first row each time. Where the one before ended is not remembered: whoever can change the trail could
change that, too.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

GENESIS = hashlib.sha256(b"rapport audit").digest()
PORTION = 2000
"""Rows in one statement."""
CHANGED, MISSING, CUT = "row changed", "row missing", "rows missing at the end"
BEYOND = "rows beyond the head"
OTHER, SHORT = "differs from its anchor", "ends before its anchor"
LOST, DIFFERS, NO_HEAD = "row of a history missing", "row of a history differs", "head of a history differs"


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where the trail ended at a time, as it is kept outside: the number and hash of its last row."""

    seq: int
    hash: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Broken:
    """The first row of the trail at which something does not hold, and why. `table`: where the fault is. `anchor`: the last
    one that still held, so it happened to rows after it; None when none was there to be asked."""

    seq: int
    why: str
    table: str = "audit"
    anchor: Anchor | None = None


class Walk:
    """One walk along the whole trail, a portion at a time, each of which may be in a transaction of its own. `anchors` were
    read before it began; without any only what the database itself says is checked. `rows` were checked so far, `of` is how
    many there were when it last looked."""

    def __init__(self, anchors: Iterable[Anchor] = ()) -> None:
        self.rows = 0
        self.of = 0
        self.done = False
        self.broken: Broken | None = None
        self.held: Anchor | None = None
        self._link = GENESIS
        self._anchors = deque(sorted(anchors, key=lambda each: each.seq))

    async def go_on(self, connection: AsyncConnection, portion: int = PORTION) -> int:
        """Check the next rows; how many they were. Sets `done` at the end of the trail, and at the first fault."""
        before = self.rows
        rows = (await connection.execute(_WALK, {"after": before, "limit": portion})).all()
        if not rows:
            self._stop(1, MISSING, "audit_head")
            return 0
        self.of = rows[0].head_seq
        there = [row for row in rows if row.seq is not None]
        for row in there:
            self._step(row)
            if self.done:
                return self.rows - before
        if len(there) < portion:
            self._end(rows[0])
        if there:
            await self._hold_against_histories(connection, before)
        return self.rows - before

    def _step(self, row: Any) -> None:
        link = hashlib.sha256(self._link + _content(row)).digest()
        if row.seq != self.rows + 1:
            self._stop(self.rows + 1, MISSING)
        elif link != row.hash:
            self._stop(row.seq, CHANGED)
        else:
            self.rows, self._link = row.seq, link
            self._hold_against_anchors()

    def _hold_against_anchors(self) -> None:
        while self._anchors and self._anchors[0].seq == self.rows and not self.done:
            anchor = self._anchors.popleft()
            if anchor.hash != self._link:
                self._stop(1 if self.held is None else self.held.seq + 1, OTHER)
            else:
                self.held = anchor

    def _end(self, head: Any) -> None:
        """The trail ends here: its head says so, and no anchor lies further on."""
        if head.head_seq != self.rows or head.head_hash != self._link:
            self._stop(self.rows + 1, CUT if head.head_seq > self.rows else BEYOND)
        elif self._anchors:
            self._stop(self.rows + 1, SHORT)
        self.done = True

    async def _hold_against_histories(self, connection: AsyncConnection, before: int) -> None:
        found = (await connection.execute(_HISTORIES, {"after": before, "upto": self.rows})).one_or_none()
        if found is not None and (self.broken is None or found.seq <= self.broken.seq):
            self._stop(found.seq, found.why, found.place)

    def _stop(self, seq: int, why: str, table: str = "audit") -> None:
        self.broken, self.done = Broken(seq, why, table, self.held), True


async def verify(connection: AsyncConnection, anchors: Sequence[Anchor] = ()) -> Broken | None:
    """Walk the whole trail at once. None when it holds, else the first row where it does not."""
    walk = Walk(anchors)
    while not walk.done:
        await walk.go_on(connection)
    return walk.broken


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


# The head and the rows as one statement sees them: between two statements somebody adds a row.
_WALK = text(
    """
    SELECT h.seq AS head_seq, h.hash AS head_hash, a.* FROM audit_head h LEFT JOIN LATERAL (
        SELECT seq, at, actor_kind, actor_id, action, subject, reason, detail::text AS detail, correlation_id, hash
        FROM audit WHERE seq > :after ORDER BY seq LIMIT :limit
    ) a ON true WHERE h.one = 1 ORDER BY a.seq
    """
)
# The trail has the hash of each row of a history. A history that goes on has its last row's hash in its head.
_HISTORIES = text(
    f"""
    SELECT a.seq,
        CASE WHEN r.id IS NULL THEN '{LOST}' WHEN encode(r.hash, 'hex') <> a.detail ->> 'hash' THEN '{DIFFERS}'
            ELSE '{NO_HEAD}' END AS why,
        CASE WHEN encode(r.hash, 'hex') = a.detail ->> 'hash' THEN 'history_heads' ELSE 'history' END AS place
    FROM audit a LEFT JOIN history r ON r.id = CAST(a.detail ->> 'move_id' AS uuid)
        LEFT JOIN history_heads h ON h.subject = r.subject_id
    WHERE a.seq > :after AND a.seq <= :upto AND a.detail ->> 'move_id' IS NOT NULL AND a.detail ->> 'hash' IS NOT NULL
        AND (r.id IS NULL OR encode(r.hash, 'hex') <> a.detail ->> 'hash' OR h.seq IS NULL OR h.seq < r.seq
            OR (h.seq = r.seq AND h.hash <> r.hash))
    ORDER BY a.seq LIMIT 1
    """  # noqa: S608 - our own words
)
