"""Back-tests, and what they found.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0012"
down_revision = "0011"

STATEMENTS = (
    """
    CREATE TABLE back_tests (
        id uuid PRIMARY KEY,
        version bigint NOT NULL,
        state text NOT NULL,
        policy text NOT NULL,
        pack text,
        body jsonb NOT NULL,
        received_from timestamptz NOT NULL,
        received_before timestamptz NOT NULL,
        as_of timestamptz NOT NULL,
        last_at timestamptz NOT NULL,
        total integer NOT NULL,
        done_complaints integer NOT NULL,
        n integer NOT NULL,
        changed integer NOT NULL,
        newly_breached integer NOT NULL,
        newly_met integer NOT NULL,
        breached_before integer NOT NULL,
        breached_after integer NOT NULL,
        excluded jsonb NOT NULL,
        cursor_at timestamptz,
        cursor_id uuid,
        ended_at timestamptz
    )
    """,
    "CREATE INDEX back_tests_as_of ON back_tests (as_of, id)",
    "CREATE INDEX back_tests_state ON back_tests (state, as_of, id)",
    "COMMENT ON TABLE back_tests IS 'One row for each back-test; the sums grow while it runs.'",
    "COMMENT ON COLUMN back_tests.policy IS 'the code that it would have'",
    """
    CREATE TABLE back_test_changes (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        back_test_id uuid NOT NULL REFERENCES back_tests (id),
        complaint_id uuid NOT NULL REFERENCES complaints (id),
        number text NOT NULL,
        kind text NOT NULL,
        clock_id uuid,
        policy text,
        before text NOT NULL,
        after text NOT NULL,
        due_before timestamptz,
        due_after timestamptz
    )
    """,
    "CREATE INDEX back_test_changes_of ON back_test_changes (back_test_id, id)",
    "COMMENT ON TABLE back_test_changes IS 'The limits that would have ended otherwise, in the order of receipt.'",
    "COMMENT ON COLUMN back_test_changes.clock_id IS 'null: it had no clock'",
    "COMMENT ON COLUMN back_test_changes.policy IS 'what holds; null: no limit'",
)


def upgrade() -> None:
    """New tables."""
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.execute(text(statement))
