"""What was published is counted, so that a checkpoint can say so."""

from __future__ import annotations

from rapport_chassis.migrations import run_sql

revision = "chassis_0002"
down_revision = "chassis_0001"


def upgrade() -> None:
    run_sql(__file__)
