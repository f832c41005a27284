"""What customers answered to surveys, as a projection.

Revision ID: 0024
Revises: 0023
"""

from __future__ import annotations

from alembic import op
from rapport_chassis.customers import let_follow
from sqlalchemy import text

revision = "0024"
down_revision = "0023"

STATEMENTS = (
    """
    CREATE TABLE scores (
        invitation_id uuid PRIMARY KEY,
        customer_id uuid NOT NULL,
        metric text NOT NULL,
        value double precision NOT NULL,
        scored_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX scores_customer ON scores (customer_id, metric, scored_at)",
    "COMMENT ON TABLE scores IS 'Projection: what customers answered to surveys.'",
)


def upgrade() -> None:
    """The table, and that its rows follow their customers."""
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.execute(text(statement))
    let_follow(connection, "scores", "invitation_id")
