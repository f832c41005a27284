"""A machine key says who made it."""

from __future__ import annotations

from rapport_chassis.migrations import run_sql

revision = "chassis_0006"
down_revision = "chassis_0005"


def upgrade() -> None:
    run_sql(__file__)
