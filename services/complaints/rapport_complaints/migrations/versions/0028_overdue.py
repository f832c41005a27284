"""Win-backs that are overdue; what is open already gets its timer.

Revision ID: 0028
Revises: 0027
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0028"
down_revision = "0027"

STATEMENTS = (
    "ALTER TABLE win_backs ADD missed_at timestamptz",
    """
    INSERT INTO timers (kind, key, due, payload, next_try)
    SELECT 'win-back.due', CAST(id AS text), due_at, CAST('{}' AS jsonb), due_at FROM win_backs WHERE closed_at IS NULL
    """,
)


def upgrade() -> None:
    """A column, and timers."""
    for statement in STATEMENTS:
        op.get_bind().execute(text(statement))
