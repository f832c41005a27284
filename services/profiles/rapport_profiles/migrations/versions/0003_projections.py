"""The tables of the timeline say that they are projections: `rapport projections` rebuilds them.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Words only."""
    op.execute("COMMENT ON TABLE timeline_entries IS 'Projection: one line for each event that concerns a customer.'")
    op.execute("COMMENT ON TABLE timeline_links IS 'Projection: whose a contact, a complaint or a conflict is.'")
