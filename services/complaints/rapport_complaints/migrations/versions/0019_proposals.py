"""What proposals cost, and those that wait for somebody with more authority.

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0019"
down_revision = "0018"

STATEMENTS = (
    """
    ALTER TABLE complaints
        ADD COLUMN amount numeric(14, 2),
        ADD COLUMN currency text,
        ADD COLUMN pending_remedy text,
        ADD COLUMN pending_amount numeric(14, 2),
        ADD COLUMN pending_currency text,
        ADD COLUMN pending_by text,
        ADD COLUMN pending_at timestamptz
    """,
    "COMMENT ON COLUMN complaints.amount IS 'what the proposal costs'",
    "COMMENT ON COLUMN complaints.pending_remedy IS 'waits for somebody with more authority'",
    "CREATE INDEX complaints_pending ON complaints (pending_at, id) WHERE pending_at IS NOT NULL",
)


def upgrade() -> None:
    """New columns."""
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.execute(text(statement))
