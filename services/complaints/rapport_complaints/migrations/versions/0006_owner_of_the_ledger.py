"""What looks at the ledger before an entry runs with the rights of who owns it: it locks the entry that is taken back."""

from __future__ import annotations

from rapport_chassis.migrations import run_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run_sql(__file__)
