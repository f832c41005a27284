"""Complaints and repairs follow merges and splits of their customers; erasures.

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

from alembic import op
from rapport_chassis.customers import create_customer_tables, let_follow
from sqlalchemy import text

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """The memory of the chassis, the triggers, and an index that was not needed until now."""
    connection = op.get_bind()
    create_customer_tables(connection)
    for table in ("complaints", "repairs", "customer_links"):
        let_follow(connection, table)
    let_follow(connection, "interactions", "interaction_id")
    for table in ("interactions", "customer_links"):
        connection.execute(text(f"CREATE INDEX {table}_customer ON {table} (customer_id) WHERE customer_id IS NOT NULL"))
