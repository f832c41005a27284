"""The side ways of a complaint: not upheld, duplicate, transferred, appeal, follow-up.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0002"
down_revision = "0001"

STATEMENTS = (
    """
    ALTER TABLE complaints
        ADD COLUMN subject_unit text,
        ADD COLUMN duplicate_of uuid REFERENCES complaints (id),
        ADD COLUMN transferred_to text,
        ADD COLUMN vulnerability bytea,
        ADD COLUMN deciders text[] DEFAULT '{}'::text[] NOT NULL,
        ADD COLUMN barred text[] DEFAULT '{}'::text[] NOT NULL,
        ADD COLUMN grounds text[] DEFAULT '{}'::text[] NOT NULL,
        ADD COLUMN appeals integer DEFAULT 0 NOT NULL,
        ADD COLUMN follow_up_days integer,
        ADD COLUMN not_upheld_at timestamptz,
        ADD COLUMN appealed_at timestamptz,
        ADD COLUMN follow_up_at timestamptz,
        ADD COLUMN followed_up_at timestamptz,
        ADD COLUMN ended_at timestamptz
    """,
    "CREATE INDEX complaints_duplicates ON complaints (duplicate_of) WHERE duplicate_of IS NOT NULL",
    "CREATE INDEX complaints_alike ON complaints (category, touchpoint, received_at, id) WHERE touchpoint IS NOT NULL",
    "COMMENT ON COLUMN complaints.transferred_to IS 'who answers for it now, outside of this service'",
    "COMMENT ON COLUMN complaints.vulnerability IS 'sealed'",
    "COMMENT ON COLUMN complaints.deciders IS 'of the present decision'",
    "COMMENT ON COLUMN complaints.barred IS 'handled it before an appeal was upheld'",
    "COMMENT ON COLUMN complaints.grounds IS 'why it is not upheld'",
    "COMMENT ON COLUMN complaints.follow_up_days IS 'pinned with the policy'",
)


def upgrade() -> None:
    """Columns with defaults that rewrite no row; indexes."""
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.execute(text(statement))
