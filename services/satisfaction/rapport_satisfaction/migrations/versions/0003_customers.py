"""Invitations, answers and cases follow merges and splits of their customers; erasures.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

from alembic import op
from rapport_chassis.customers import create_customer_tables, let_follow
from sqlalchemy import text

revision = "0003"
down_revision = "0002"

STATEMENTS = (
    "ALTER TABLE responses ADD COLUMN keyed_by uuid",
    "UPDATE responses SET keyed_by = coalesce(customer_id, id)",
    "ALTER TABLE responses ALTER COLUMN keyed_by SET NOT NULL",
    "COMMENT ON COLUMN responses.comments IS 'sealed'",
    """
    COMMENT ON COLUMN responses.keyed_by IS 'the customer who answered, or the answer itself while he is unknown'
    """,
    "ALTER TABLE consents ADD COLUMN said_by uuid",
    "UPDATE consents SET said_by = customer_id",
    "ALTER TABLE consents DROP CONSTRAINT consents_pkey",
    "ALTER TABLE consents ADD PRIMARY KEY (said_by, channel)",
    "CREATE INDEX consents_customer ON consents (customer_id)",
    "COMMENT ON COLUMN consents.said_by IS 'the customer as he was known then'",
    "COMMENT ON COLUMN consents.customer_id IS 'who he is now'",
)


def upgrade() -> None:
    """Whose key a comment has, and who said a consent, stay as they were when rows change hands."""
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.execute(text(statement))
    create_customer_tables(connection)
    for table in ("invitations", "responses", "follow_ups"):
        let_follow(connection, table)
    let_follow(connection, "complaints", "complaint_id")
    let_follow(connection, "consents", "said_by")
