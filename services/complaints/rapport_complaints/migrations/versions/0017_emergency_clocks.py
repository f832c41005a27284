"""Emergencies may hold the clocks of their complaints."""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0017"
down_revision = "0016"

STATEMENTS = (
    "ALTER TABLE complaints ADD COLUMN held_by uuid[] DEFAULT '{}' NOT NULL",
    "COMMENT ON COLUMN complaints.held_by IS 'emergencies that hold its clocks'",
    "ALTER TABLE incidents ADD COLUMN holds_clocks boolean DEFAULT false NOT NULL, ADD COLUMN clocks_at timestamptz",
)


def upgrade() -> None:
    """Columns only: under the policies so far no emergency holds a clock."""
    for statement in STATEMENTS:
        op.get_bind().execute(text(statement))
