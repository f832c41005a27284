"""Changes: a way of working is unfrozen, changed, refrozen.

Revision ID: 0020
Revises: 0019
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0020"
down_revision = "0019"

TABLES = (
    "CREATE SEQUENCE change_numbers",
    """
    CREATE TABLE changes (
        id uuid NOT NULL,
        version bigint NOT NULL,
        number text NOT NULL,
        state text NOT NULL,
        owner text NOT NULL,
        dimension text NOT NULL,
        "group" text NOT NULL,
        trend_id uuid,
        complaints uuid[] NOT NULL,
        steps jsonb NOT NULL,
        effects jsonb NOT NULL,
        verdict text,
        round integer NOT NULL,
        late_steps integer NOT NULL,
        standard text,
        proposed_at timestamptz NOT NULL,
        last_at timestamptz NOT NULL,
        due_at timestamptz,
        unfrozen_at timestamptz,
        started_at timestamptz,
        refrozen_at timestamptz,
        ended_at timestamptz,
        PRIMARY KEY (id),
        UNIQUE (number)
    )
    """,
    "CREATE INDEX changes_complaints ON changes USING gin (complaints)",
    "CREATE INDEX changes_due ON changes (due_at, id) WHERE due_at IS NOT NULL",
    'CREATE INDEX changes_group ON changes (dimension, "group", proposed_at, id)',
    "CREATE INDEX changes_proposed ON changes (proposed_at, id)",
    "CREATE INDEX changes_state ON changes (state, proposed_at, id)",
    "COMMENT ON TABLE changes IS 'One row for each change; due_at is the earliest of its open steps.'",
    """COMMENT ON COLUMN changes."group" IS 'the code whose complaints are to become fewer'""",
    "COMMENT ON COLUMN changes.trend_id IS 'the trend that led to it; of old runs only what rose is kept'",
    "COMMENT ON COLUMN changes.verdict IS 'of the effect recorded last of what binds now'",
)


def upgrade() -> None:
    """The table."""
    connection = op.get_bind()
    for statement in TABLES:
        connection.execute(text(statement))
