"""Handling guides, with those that are shipped, and the tags of complainants.

Revision ID: 0021
Revises: 0020
"""

from __future__ import annotations

from alembic import op
from rapport_complaints.cases.domain.guides import SHIPPED_GUIDES
from rapport_complaints.clocks.domain.defaults import SINCE
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

revision = "0021"
down_revision = "0020"

STATEMENTS = (
    "ALTER TABLE complaints ADD COLUMN handling bytea",
    "COMMENT ON COLUMN complaints.handling IS 'sealed: tags of the complainant'",
    """
    CREATE TABLE handling_guides (
        code text NOT NULL,
        version integer NOT NULL,
        effective_from timestamptz NOT NULL,
        body jsonb NOT NULL,
        recorded_at timestamptz DEFAULT now() NOT NULL,
        recorded_by text NOT NULL,
        PRIMARY KEY (code, version)
    )
    """,
    "COMMENT ON TABLE handling_guides IS 'What helps with complainants; a version is never changed, a new one is added.'",
)
_SEED = (
    "INSERT INTO handling_guides (code, version, effective_from, body, recorded_by)"
    " VALUES (:code, 1, :effective_from, :body, 'system:shipped')"
)


def upgrade() -> None:
    """The column, the table, what is shipped."""
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.execute(text(statement))
    insert = text(_SEED).bindparams(bindparam("body", type_=JSONB))
    for code, body in SHIPPED_GUIDES.items():
        connection.execute(insert, {"code": code, "effective_from": SINCE, "body": body.model_dump(mode="json")})
