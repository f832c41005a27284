"""Gives rows that were there before the column `updated_at` their last known time."""

from __future__ import annotations

from rapport_chassis.migrations import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run_sql(__file__)
