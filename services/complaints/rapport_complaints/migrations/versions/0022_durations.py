"""How long complaints took, reckoned behind; contacts by the time at which they began.

Revision ID: 0022
Revises: 0021
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0022"
down_revision = "0021"

STATEMENTS = (
    """
    CREATE TABLE durations (
        complaint_id uuid PRIMARY KEY REFERENCES complaints (id),
        acknowledged_at timestamptz,
        answered_at timestamptz,
        closed_at timestamptz,
        acknowledge_seconds double precision,
        answer_seconds double precision,
        close_seconds double precision
    )
    """,
    """
    COMMENT ON TABLE durations IS
    'When each thing happened first, and how long it took; written by a timer, can be reckoned anew.'
    """,
    """
    COMMENT ON COLUMN durations.acknowledge_seconds IS
    'business seconds from receipt; null: no clock says which hours count'
    """,
    "COMMENT ON COLUMN durations.answer_seconds IS 'the same'",
    "COMMENT ON COLUMN durations.close_seconds IS 'the same'",
    "CREATE INDEX interactions_started ON interactions (started_at) WHERE started_at IS NOT NULL",
    """
    INSERT INTO timers (kind, key, due, payload, next_try)
    SELECT DISTINCT 'complaint.measure', CAST(complaint_id AS text), now(), CAST('{}' AS jsonb), now() FROM moves
    WHERE move IN ('acknowledge', 'give-feedback', 'close')
    """,
)


def upgrade() -> None:
    """A table, an index, and timers for what is there already."""
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.execute(text(statement))
