"""Clocks that were extended, and when an episode began.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0011"
down_revision = "0010"

STATEMENTS = (
    "ALTER TABLE complaints ADD COLUMN began_at timestamptz",
    "ALTER TABLE clocks ADD COLUMN extended integer DEFAULT 0 NOT NULL",
    "COMMENT ON COLUMN clocks.extended IS 'in the unit of the target'",
    "COMMENT ON TABLE clocks IS 'Some for each episode and policy; the policy version is pinned, old due times are kept.'",
)


def upgrade() -> None:
    """Columns with defaults that rewrite no row."""
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.execute(text(statement))
