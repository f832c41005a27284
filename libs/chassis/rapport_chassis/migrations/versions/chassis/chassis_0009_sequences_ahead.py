"""After a restore the numbers of facts go on above those that the log has."""

from __future__ import annotations

from rapport_chassis.migrations import run_sql

revision = "chassis_0009"
down_revision = "chassis_0008"


def upgrade() -> None:
    run_sql(__file__)
