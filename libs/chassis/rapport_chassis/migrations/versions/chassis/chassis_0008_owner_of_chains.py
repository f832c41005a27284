"""What seals the audit trail and moves the heads of histories runs with the rights of who owns them."""

from __future__ import annotations

from rapport_chassis.migrations import run_sql

revision = "chassis_0008"
down_revision = "chassis_0007"


def upgrade() -> None:
    run_sql(__file__)
