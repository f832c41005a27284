"""vulnerable is no flag."""

from __future__ import annotations

from rapport_chassis.migrations import run_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run_sql(__file__)
