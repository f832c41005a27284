"""What looks at the ledger before an entry runs with the rights of who owns it: it locks the entry that is taken back."""

from __future__ import annotations

from rapport_chassis.migrations import run_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run_sql(__file__)
