"""Contacts follow merges and splits of their customers; erasures.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from alembic import op
from rapport_chassis.customers import create_customer_tables, let_follow
from sqlalchemy import text

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """The memory of the chassis, and the trigger on contacts."""
    connection = op.get_bind()
    create_customer_tables(connection)
    let_follow(connection, "interactions")
    meaning = "of its newest fact on the public topic; grows also when it changes hands by a merge"
    connection.execute(text(f"COMMENT ON COLUMN interactions.version IS '{meaning}'"))
