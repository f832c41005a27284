"""Files about complaints, by reference.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0004"
down_revision = "0003"

TABLES = (
    """
    CREATE TABLE attachments (
        id uuid NOT NULL,
        version bigint NOT NULL,
        complaint_id uuid NOT NULL,
        kind text NOT NULL,
        content_type text NOT NULL,
        size_bytes bigint NOT NULL,
        sha256 bytea NOT NULL,
        reference bytea NOT NULL,
        name bytea,
        added_at timestamptz NOT NULL,
        by text NOT NULL,
        PRIMARY KEY (id),
        FOREIGN KEY(complaint_id) REFERENCES complaints (id)
    )
    """,
    "CREATE UNIQUE INDEX attachments_checksum ON attachments (complaint_id, sha256)",
    "CREATE INDEX attachments_complaint ON attachments (complaint_id, added_at, id)",
    "COMMENT ON TABLE attachments IS 'Files that lie elsewhere; never fetched.'",
    "COMMENT ON COLUMN attachments.reference IS 'sealed'",
    "COMMENT ON COLUMN attachments.name IS 'sealed'",
)


def upgrade() -> None:
    """The table."""
    for statement in TABLES:
        op.get_bind().execute(text(statement))
