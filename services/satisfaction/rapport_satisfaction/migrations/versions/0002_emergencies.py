"""Emergencies, for which surveys are held.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """One projection."""
    op.execute(
        """
        CREATE TABLE emergencies (
            incident_id uuid NOT NULL,
            touchpoints text[] NOT NULL,
            holds boolean NOT NULL,
            began_at timestamptz NOT NULL,
            sequence bigint NOT NULL,
            PRIMARY KEY (incident_id)
        )
        """
    )
    op.execute("CREATE INDEX emergencies_holding ON emergencies (incident_id) WHERE holds")
    op.execute("COMMENT ON TABLE emergencies IS 'Projection: emergencies, and whether surveys are held for them.'")
    op.execute("COMMENT ON COLUMN emergencies.touchpoints IS 'empty: everywhere'")
    op.execute("COMMENT ON COLUMN emergencies.sequence IS 'of the newest event that is in here'")
