"""What customers are known by follows merges and splits; erasures.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from alembic import op
from rapport_chassis.customers import create_customer_tables, let_follow
from sqlalchemy import text

revision = "0002"
down_revision = "0001"

STATEMENTS = tuple(
    statement
    for table in ("identifiers", "consents")
    for statement in (
        f"ALTER TABLE {table} ADD COLUMN keyed_by uuid",
        f"UPDATE {table} SET keyed_by = customer_id",  # noqa: S608 - names of our own tables
        # What the update did to the deferred references has to be looked at before the table is altered again.
        "SET CONSTRAINTS ALL IMMEDIATE",
        f"ALTER TABLE {table} ALTER COLUMN keyed_by SET NOT NULL",
    )
)


def upgrade() -> None:
    """Whose key seals a value stays as it was when the row changes hands."""
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.execute(text(statement))
    create_customer_tables(connection)
    for table in ("identifiers", "consents", "conflicts"):
        let_follow(connection, table)
    let_follow(connection, "timeline_links", "subject_id")
    connection.execute(text("CREATE INDEX conflicts_customer ON conflicts (customer_id) WHERE customer_id IS NOT NULL"))
