"""A reminder has its time: the column `remind_after` of invitations."""

from __future__ import annotations

from rapport_chassis.migrations import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run_sql(__file__)
