"""Who may award how much, with the shipped limits.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

from alembic import op
from rapport_complaints.cases.domain.authority import AUTHORITY, SHIPPED_AUTHORITY
from rapport_complaints.clocks.domain.defaults import SINCE
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"

TABLES = (
    """
    CREATE TABLE authority_policies (
        code text NOT NULL,
        version integer NOT NULL,
        effective_from timestamptz NOT NULL,
        body jsonb NOT NULL,
        recorded_at timestamptz DEFAULT now() NOT NULL,
        recorded_by text NOT NULL,
        PRIMARY KEY (code, version)
    )
    """,
    "COMMENT ON TABLE authority_policies IS 'Who may award how much; a version is never changed, a new one is added.'",
)
_SEED = (
    "INSERT INTO authority_policies (code, version, effective_from, body, recorded_by)"
    " VALUES (:code, 1, :effective_from, :body, 'system:shipped')"
)


def upgrade() -> None:
    """The table, then what is shipped."""
    connection = op.get_bind()
    for statement in TABLES:
        connection.execute(text(statement))
    insert = text(_SEED).bindparams(bindparam("body", type_=JSONB))
    values = {"code": AUTHORITY, "effective_from": SINCE, "body": SHIPPED_AUTHORITY.model_dump(mode="json")}
    connection.execute(insert, values)
