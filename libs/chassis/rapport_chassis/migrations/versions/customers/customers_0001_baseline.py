"""The memory of merges and erasures, and the functions by which rows follow their customers."""

from __future__ import annotations

from rapport_chassis.migrations import run_sql

revision = "customers_0001"
down_revision = None
branch_labels = ("customers",)


def upgrade() -> None:
    run_sql(__file__)
