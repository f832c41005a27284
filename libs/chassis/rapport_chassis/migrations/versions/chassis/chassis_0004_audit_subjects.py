"""A row of the audit trail may be about many subjects, and is found by each of them."""

from __future__ import annotations

from rapport_chassis.migrations import run_sql

revision = "chassis_0004"
down_revision = "chassis_0003"


def upgrade() -> None:
    run_sql(__file__)
