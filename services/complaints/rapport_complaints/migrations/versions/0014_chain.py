"""The history of each complaint is a chain: numbers, hashes, heads; rows that are there already are sealed as they stand.

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from alembic import op
from rapport_chassis.chains import append_only, guards
from rapport_chassis.database import to_json
from rapport_complaints.cases.domain.history import content
from rapport_kernel.chain import Head, beginning, seal
from sqlalchemy import text
from sqlalchemy.engine import Connection

revision = "0014"
down_revision = "0013"

COLUMNS = (
    "ALTER TABLE moves ADD COLUMN salt bytea, ADD COLUMN digest bytea, ADD COLUMN seq bigint, ADD COLUMN hash bytea",
    "ALTER TABLE findings ADD COLUMN salt bytea, ADD COLUMN digest bytea",
    # Of words that were there before nobody has the salt: their digest is that of the ciphertext, and one byte longer.
    r"UPDATE moves SET digest = '\x00' || sha256(note) WHERE note IS NOT NULL",
    r"UPDATE findings SET digest = '\x00' || sha256(words) WHERE words IS NOT NULL",
    "CREATE TABLE chain_heads (subject uuid PRIMARY KEY, seq bigint NOT NULL, hash bytea NOT NULL)",
    "COMMENT ON TABLE chain_heads IS 'Where each chain ends; written by the trigger of the rows.'",
    "COMMENT ON COLUMN moves.salt IS 'sealed; of the digest'",
    "COMMENT ON COLUMN moves.digest IS 'of salt and note; what the note takes part in the chain by'",
    "COMMENT ON COLUMN moves.seq IS 'in the chain of its subject, from 1 without gaps'",
    "COMMENT ON COLUMN moves.hash IS 'sha256(hash of the row before || canonical content)'",
    "COMMENT ON COLUMN findings.salt IS 'sealed; of the digest'",
    "COMMENT ON COLUMN findings.digest IS 'of salt and words; stands in the chain of the history'",
    "COMMENT ON TABLE moves IS 'The history: every move with who, when, why; a chain for each complaint, append-only.'",
)
AFTER = (
    """
    INSERT INTO chain_heads (subject, seq, hash)
    SELECT DISTINCT ON (complaint_id) complaint_id, seq, hash FROM moves ORDER BY complaint_id, seq DESC
    """,
    "ALTER TABLE moves ALTER COLUMN seq SET NOT NULL, ALTER COLUMN hash SET NOT NULL",
    "CREATE UNIQUE INDEX moves_chain ON moves (complaint_id, seq)",
    *guards("moves", "chain_heads", "complaint_id", sealed=("note", "salt")),
    *append_only("findings", sealed=("words", "salt")),
)
AT_ONCE = 2000
PORTION = text(
    """
    SELECT id, complaint_id, move, source, target, at, recorded_at, actor, reason, detail, digest FROM moves
    WHERE (complaint_id, id) > (:complaint, :move) ORDER BY complaint_id, id LIMIT :at_once
    """
)
FOUND = text("SELECT * FROM findings WHERE move_id = ANY(:moves) ORDER BY id")
SEAL = text(
    """
    UPDATE moves m SET seq = k.seq, hash = k.hash
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS k(id uuid, seq bigint, hash bytea) WHERE m.id = k.id
    """
)


def upgrade() -> None:
    """Seals what is there in portions; nobody writes meanwhile."""
    connection = op.get_bind()
    for statement in COLUMNS:
        connection.execute(text(statement))
    seal_all(connection)
    for statement in AFTER:
        connection.execute(text(statement))


def seal_all(connection: Connection, at_once: int = AT_ONCE) -> None:
    """Number and hash every row in the order in which it was entered, which is that of the ids."""
    complaint, move, head = UUID(int=0), UUID(int=0), Head(0, b"")
    while True:
        portion = connection.execute(PORTION, {"complaint": complaint, "move": move, "at_once": at_once}).mappings().all()
        if not portion:
            return
        found = _found(connection, [row["id"] for row in portion])
        sealed: list[dict[str, Any]] = []
        for row in portion:
            if row["complaint_id"] != complaint:
                complaint, head = row["complaint_id"], beginning(row["complaint_id"])
            link = seal(head, content(dict(row), found.get(row["id"], [])))
            head, move = Head(link.seq, link.hash), row["id"]
            sealed.append({"id": move, "seq": link.seq, "hash": link.hash})
        connection.execute(SEAL, {"rows": to_json(sealed)})


def _found(connection: Connection, moves: list[UUID]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {}
    for row in connection.execute(FOUND, {"moves": moves}).mappings():
        found.setdefault(row["move_id"], []).append(row)
    return found
