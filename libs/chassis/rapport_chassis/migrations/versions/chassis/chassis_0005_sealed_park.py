"""Parked messages are sealed; the ids that stand in one are kept beside it, so that an erasure finds it."""

from __future__ import annotations

from rapport_chassis.migrations import run_sql

revision = "chassis_0005"
down_revision = "chassis_0004"


def upgrade() -> None:
    run_sql(__file__)
