"""Tells when each row was last written, for those who follow what changes."""

from __future__ import annotations

from rapport_chassis.migrations import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run_sql(__file__)
