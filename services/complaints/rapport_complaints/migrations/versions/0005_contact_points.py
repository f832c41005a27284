"""Contact points."""

from __future__ import annotations

from rapport_chassis.migrations import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run_sql(__file__)
