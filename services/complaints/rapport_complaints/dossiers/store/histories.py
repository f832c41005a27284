"""The whole history of a complaint as the chain that it is: every row with its seal, and what was found with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rapport_chassis.chains import Chains
from rapport_chassis.work import Work
from rapport_kernel.chain import Head, Link
from sqlalchemy import select, text

from rapport_complaints.cases.domain.history import content
from rapport_complaints.cases.store import tables
from rapport_complaints.cases.store.lists import Past
from rapport_complaints.finding.store.tables import findings


@dataclass(frozen=True, slots=True)
class Piece:
    """Words or a reference that were found; `words` and `salt` still sealed."""

    id: UUID
    part: str
    kind: str
    reference_id: UUID | None
    words: bytes | None
    salt: bytes | None
    digest: bytes | None


@dataclass(frozen=True, slots=True)
class Sealed:
    """One row of the history with its link; note and salt still sealed."""

    link: Link
    past: Past
    salt: bytes | None
    digest: bytes | None
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class History:
    """The rows in order of their numbers, the end of the chain as it is kept apart from them, and what the audit trail says
    of each row: its id and hash, in the order in which they were entered."""

    rows: list[Sealed]
    head: Head | None
    audited: dict[str, str]


async def read_history(work: Work, complaint_id: UUID) -> History:
    """The whole history; four statements, whatever its length."""
    m, f = tables.moves.c, findings.c
    pieces: dict[UUID, list[Mapping[str, Any]]] = defaultdict(list)
    found = select(findings).where(f.complaint_id == complaint_id).order_by(f.id)
    for row in (await work.connection.execute(found)).mappings():
        pieces[row["move_id"]].append(dict(row))
    query = select(tables.moves).where(m.complaint_id == complaint_id).order_by(m.seq)
    rows = [_sealed(row, pieces[row["id"]]) for row in (await work.connection.execute(query)).mappings()]
    head = await Chains(work, tables.moves, tables.chain_heads, "complaint_id").head(complaint_id)
    audited = await work.connection.execute(_AUDITED, {"subject": f"complaint:{complaint_id}"})
    return History(rows, head, {row.move_id: row.hash for row in audited})


def _sealed(row: Mapping[Any, Any], pieces: list[Mapping[str, Any]]) -> Sealed:
    return Sealed(
        Link(row["seq"], row["hash"], content(row, pieces)),
        Past(**{name: row[name] for name in Past.__slots__}),
        row["salt"],
        row["digest"],
        tuple(Piece(**{name: piece[name] for name in Piece.__slots__}) for piece in pieces),
    )


_AUDITED = text(
    """
    SELECT detail->>'move_id' AS move_id, detail->>'hash' AS hash FROM audit
    WHERE subject = :subject AND detail->>'hash' IS NOT NULL AND detail->>'move_id' IS NOT NULL ORDER BY seq
    """
)
