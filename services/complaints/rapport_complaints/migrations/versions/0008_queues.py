"""Indexes of the work queues.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0008"
down_revision = "0007"

_DUE = "coalesce(due_at, TIMESTAMPTZ '9999-12-31 00:00:00+00')"
_OPEN = "state NOT IN ('closed', 'withdrawn', 'duplicate', 'transferred')"

INDEXES = (
    f"CREATE INDEX complaints_by_due_mine ON complaints (assignee, {_DUE}, id) WHERE {_OPEN}",
    f"CREATE INDEX complaints_by_due_open ON complaints ({_DUE}, id) WHERE {_OPEN}",
    f"CREATE INDEX complaints_by_due_unassigned ON complaints ({_DUE}, id) WHERE assignee IS NULL AND {_OPEN}",
)


def upgrade() -> None:
    """Each queue is read in the order of its due times."""
    for statement in INDEXES:
        op.get_bind().execute(text(statement))
