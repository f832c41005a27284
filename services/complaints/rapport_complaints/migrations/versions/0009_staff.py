"""Staff and assignment rules, with the shipped rule.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

from alembic import op
from rapport_complaints.clocks.domain.defaults import SINCE
from rapport_complaints.handling.domain.assignment import ANYBODY, ASSIGNMENT
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"

TABLES = (
    """
    CREATE TABLE staff (
        code text NOT NULL,
        version integer NOT NULL,
        effective_from timestamptz NOT NULL,
        body jsonb NOT NULL,
        recorded_at timestamptz DEFAULT now() NOT NULL,
        recorded_by text NOT NULL,
        PRIMARY KEY (code, version)
    )
    """,
    "COMMENT ON TABLE staff IS 'Who handles complaints, by opaque id; a version is never changed, a new one is added.'",
    """
    CREATE TABLE assignment_rules (
        code text NOT NULL,
        version integer NOT NULL,
        effective_from timestamptz NOT NULL,
        body jsonb NOT NULL,
        recorded_at timestamptz DEFAULT now() NOT NULL,
        recorded_by text NOT NULL,
        PRIMARY KEY (code, version)
    )
    """,
    "COMMENT ON TABLE assignment_rules IS 'Who gets what; a version is never changed, a new one is added.'",
)
_SEED = (
    "INSERT INTO assignment_rules (code, version, effective_from, body, recorded_by)"
    " VALUES (:code, 1, :effective_from, :body, 'system:shipped')"
)


def upgrade() -> None:
    """Tables, then what is shipped."""
    connection = op.get_bind()
    for statement in TABLES:
        connection.execute(text(statement))
    insert = text(_SEED).bindparams(bindparam("body", type_=JSONB))
    connection.execute(insert, {"code": ASSIGNMENT, "effective_from": SINCE, "body": ANYBODY.model_dump(mode="json")})
