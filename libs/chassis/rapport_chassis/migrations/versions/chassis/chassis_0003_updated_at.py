"""A function for triggers that say when a row was last written."""

from __future__ import annotations

from rapport_chassis.migrations import run_sql

revision = "chassis_0003"
down_revision = "chassis_0002"


def upgrade() -> None:
    run_sql(__file__)
