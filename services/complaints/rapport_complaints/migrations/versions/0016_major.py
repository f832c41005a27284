"""Major complaints, with the shipped policy and its SLA policy.

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

from alembic import op
from rapport_complaints.clocks.domain.defaults import SINCE
from rapport_complaints.handling.domain.major_data import MAJOR_POLICY, MAJOR_SLA, MAJOR_TRACK, SHIPPED_MAJOR_POLICY
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"

STATEMENTS = (
    """
    CREATE TABLE major_policies (
        code text NOT NULL,
        version integer NOT NULL,
        effective_from timestamptz NOT NULL,
        body jsonb NOT NULL,
        recorded_at timestamptz DEFAULT now() NOT NULL,
        recorded_by text NOT NULL,
        PRIMARY KEY (code, version)
    )
    """,
    "COMMENT ON TABLE major_policies IS 'What is a major complaint; a version is never changed, a new one is added.'",
    """
    CREATE TABLE major_cases (
        id uuid PRIMARY KEY,
        version bigint NOT NULL,
        state text NOT NULL,
        complaint_id uuid NOT NULL REFERENCES complaints (id),
        rule text,
        cause text,
        reason text,
        policy text NOT NULL,
        policy_version integer NOT NULL,
        declared_by text NOT NULL,
        told text[] NOT NULL,
        steps jsonb NOT NULL,
        late_steps integer NOT NULL,
        declared_at timestamptz NOT NULL,
        next_due_at timestamptz,
        ended_at timestamptz,
        outcome text
    )
    """,
    "CREATE UNIQUE INDEX major_cases_open ON major_cases (complaint_id) WHERE ended_at IS NULL",
    "CREATE INDEX major_cases_complaint ON major_cases (complaint_id, id)",
    "CREATE INDEX major_cases_cause ON major_cases (cause, rule) WHERE ended_at IS NULL AND cause IS NOT NULL",
    """
    COMMENT ON TABLE major_cases IS
        'One row for each time that a complaint was declared major; next_due_at is the earliest of its open steps.'
    """,
    "COMMENT ON COLUMN major_cases.id IS 'time-ordered'",
    "COMMENT ON COLUMN major_cases.rule IS 'null: declared by hand'",
    "COMMENT ON COLUMN major_cases.cause IS 'of the complaint when it was declared'",
    "COMMENT ON COLUMN major_cases.told IS 'roles'",
)
_SEED = """
    INSERT INTO {table} (code, version, effective_from, body, recorded_by)
    VALUES (:code, 1, :effective_from, :body, 'system:shipped') ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    """Tables, then what is shipped; an SLA policy of that code that somebody made before stays."""
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.execute(text(statement))
    for table, code, body in (
        ("major_policies", MAJOR_POLICY, SHIPPED_MAJOR_POLICY),
        ("sla_policies", MAJOR_TRACK, MAJOR_SLA),
    ):
        insert = text(_SEED.format(table=table)).bindparams(bindparam("body", type_=JSONB))
        connection.execute(insert, {"code": code, "effective_from": SINCE, "body": body.model_dump(mode="json")})
