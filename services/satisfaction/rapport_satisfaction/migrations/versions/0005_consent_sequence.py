"""Two words about consent may name the same time; which came later says the sequence of their events.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """What is there came before whatever comes; `rapport projections rebuild satisfaction/consents` fills it in."""
    op.execute("ALTER TABLE consents ADD COLUMN sequence bigint NOT NULL DEFAULT 0")
    op.execute("COMMENT ON COLUMN consents.sequence IS 'of the event: two may name one time'")
