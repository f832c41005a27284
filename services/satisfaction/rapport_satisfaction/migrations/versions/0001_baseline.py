"""The tables of Satisfaction."""

from __future__ import annotations

from rapport_chassis.migrations import run_sql

revision = "0001"
down_revision = None
branch_labels = ("service",)


def upgrade() -> None:
    run_sql(__file__)
