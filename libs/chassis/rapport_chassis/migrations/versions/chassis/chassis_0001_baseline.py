"""The tables that every service's database has: outbox, inbox, parked, timers, audit, keys."""

from __future__ import annotations

from rapport_chassis.migrations import run_sql

revision = "chassis_0001"
down_revision = None
branch_labels = ("chassis",)


def upgrade() -> None:
    run_sql(__file__)
