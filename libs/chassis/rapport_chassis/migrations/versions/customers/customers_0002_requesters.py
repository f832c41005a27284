"""An erasure says who asked for it, and why."""

from __future__ import annotations

from rapport_chassis.migrations import run_sql

revision = "customers_0002"
down_revision = "customers_0001"


def upgrade() -> None:
    run_sql(__file__)
