"""Repairs that have not ended, by the calendar that their limits are counted in.

Revision ID: 0027
Revises: 0026
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """What an edited calendar is about is found without reading all others."""
    op.get_bind().execute(text("CREATE INDEX repairs_calendar ON repairs (calendar, id) WHERE ended_at IS NULL"))
