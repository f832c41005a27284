"""Links for customers without an account.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0006"
down_revision = "0005"

TABLES = (
    """
    CREATE TABLE customer_links (
        id uuid NOT NULL,
        version bigint NOT NULL,
        state text NOT NULL,
        purpose text NOT NULL,
        token_hash bytea NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        by text NOT NULL,
        complaint_id uuid,
        customer_id uuid,
        interaction_id uuid,
        touchpoint text,
        category text,
        used_at timestamptz,
        PRIMARY KEY (id),
        UNIQUE (token_hash),
        FOREIGN KEY(complaint_id) REFERENCES complaints (id)
    )
    """,
    "CREATE INDEX customer_links_complaint ON customer_links (complaint_id) WHERE complaint_id IS NOT NULL",
    "COMMENT ON TABLE customer_links IS 'Links that open a page for a customer without an account.'",
    "COMMENT ON COLUMN customer_links.token_hash IS 'SHA-256; the token itself is kept nowhere'",
)


def upgrade() -> None:
    """The table."""
    for statement in TABLES:
        op.get_bind().execute(text(statement))
