"""Indexes for every way in which the long lists can be narrowed down.

Revision ID: 0026
Revises: 0025
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0026"
down_revision = "0025"

INDEXES = (
    "CREATE INDEX complaints_severity ON complaints (severity, received_at, id) WHERE severity IS NOT NULL",
    "CREATE INDEX escalations_level ON escalations (level, id)",
    "CREATE INDEX escalations_trigger ON escalations (trigger, id)",
    "CREATE INDEX escalations_step ON escalations (step, id) WHERE step IS NOT NULL",
    "CREATE INDEX escalations_to ON escalations (to_code, id)",
    "CREATE INDEX escalations_at ON escalations (escalated_at)",
    "CREATE INDEX recovery_cases_category ON recovery_cases (category, identified_at, id)",
    "CREATE INDEX recovery_cases_unit ON recovery_cases (unit, identified_at, id) WHERE unit IS NOT NULL",
    "CREATE INDEX recovery_cases_expires ON recovery_cases (expires_at, id) WHERE expires_at IS NOT NULL",
    "CREATE INDEX recovery_cases_remedies ON recovery_cases USING gin (remedies)",
    "CREATE INDEX compensations_entered ON compensations (awarded_at, id)",
    "CREATE INDEX compensations_state ON compensations (state, awarded_at, id)",
    "CREATE INDEX compensations_kind ON compensations (kind, awarded_at, id)",
    "CREATE INDEX compensation_ledger_entered ON compensation_ledger (recorded_at, id)",
    "CREATE INDEX compensation_ledger_kind ON compensation_ledger (kind, recorded_at, id)",
    "CREATE INDEX repairs_category ON repairs (category, requested_at, id)",
    "CREATE INDEX back_test_changes_kind ON back_test_changes (back_test_id, kind, id)",
    "CREATE INDEX back_test_changes_before ON back_test_changes (back_test_id, before, id)",
    "CREATE INDEX back_test_changes_after ON back_test_changes (back_test_id, after, id)",
    "CREATE INDEX win_backs_state ON win_backs (state, requested_at, id)",
    "CREATE INDEX win_backs_reason ON win_backs (reason, requested_at, id)",
    "CREATE INDEX win_backs_outcome ON win_backs (outcome, requested_at, id) WHERE outcome IS NOT NULL",
    "CREATE INDEX win_backs_owner ON win_backs (owner, requested_at, id) WHERE owner IS NOT NULL",
)


def upgrade() -> None:
    """What few or none have is found without reading what all the others have."""
    for statement in INDEXES:
        op.get_bind().execute(text(statement))
