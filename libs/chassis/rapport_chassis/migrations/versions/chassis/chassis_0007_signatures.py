"""A fact that destroys carries the signature of its owner."""

from __future__ import annotations

from rapport_chassis.migrations import run_sql

revision = "chassis_0007"
down_revision = "chassis_0006"


def upgrade() -> None:
    run_sql(__file__)
