"""Repairs, vendors and limits, with the shipped limits.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

from alembic import op
from rapport_complaints.clocks.domain.defaults import SINCE
from rapport_complaints.repairs.domain.repair_data import LIMITS, REPAIR_POLICY
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"

TABLES = (
    "CREATE SEQUENCE repair_numbers",
    """
    CREATE TABLE repairs (
        id uuid NOT NULL,
        version bigint NOT NULL,
        number text NOT NULL,
        state text NOT NULL,
        category text NOT NULL,
        customer_id uuid,
        complaint_id uuid,
        touchpoint text,
        keyed_by uuid NOT NULL,
        policy text NOT NULL,
        policy_version integer NOT NULL,
        calendar text NOT NULL,
        vendor text,
        appointment_at timestamptz,
        reworks integer NOT NULL,
        visits jsonb NOT NULL,
        limits jsonb NOT NULL,
        requested_at timestamptz NOT NULL,
        last_at timestamptz NOT NULL,
        due_at timestamptz,
        accepted_at timestamptz,
        started_at timestamptz,
        completed_at timestamptz,
        in_time boolean,
        ended_at timestamptz,
        PRIMARY KEY (id),
        UNIQUE (number),
        FOREIGN KEY(complaint_id) REFERENCES complaints (id)
    )
    """,
    "CREATE INDEX repairs_complaint ON repairs (complaint_id) WHERE complaint_id IS NOT NULL",
    "CREATE INDEX repairs_customer ON repairs (customer_id, requested_at, id) WHERE customer_id IS NOT NULL",
    "CREATE INDEX repairs_due ON repairs (due_at, id) WHERE due_at IS NOT NULL",
    "CREATE INDEX repairs_requested ON repairs (requested_at, id)",
    "CREATE INDEX repairs_state ON repairs (state, requested_at, id)",
    "CREATE INDEX repairs_vendor ON repairs (vendor, requested_at, id) WHERE vendor IS NOT NULL",
    "COMMENT ON TABLE repairs IS 'One row for each repair; due_at is the earliest of its running limits.'",
    "COMMENT ON COLUMN repairs.keyed_by IS 'customer, or the repair itself while he is unknown'",
    "COMMENT ON COLUMN repairs.policy_version IS 'pinned when it was requested'",
    """
    CREATE TABLE vendors (
        code text NOT NULL,
        version integer NOT NULL,
        effective_from timestamptz NOT NULL,
        body jsonb NOT NULL,
        recorded_at timestamptz DEFAULT now() NOT NULL,
        recorded_by text NOT NULL,
        PRIMARY KEY (code, version)
    )
    """,
    "COMMENT ON TABLE vendors IS 'Vendors who repair; a version is never changed, a new one is added.'",
    """
    CREATE TABLE repair_policies (
        code text NOT NULL,
        version integer NOT NULL,
        effective_from timestamptz NOT NULL,
        body jsonb NOT NULL,
        recorded_at timestamptz DEFAULT now() NOT NULL,
        recorded_by text NOT NULL,
        PRIMARY KEY (code, version)
    )
    """,
    "COMMENT ON TABLE repair_policies IS 'Limits of repairs; a version is never changed, a new one is added.'",
)
_SEED = (
    "INSERT INTO repair_policies (code, version, effective_from, body, recorded_by)"
    " VALUES (:code, 1, :effective_from, :body, 'system:shipped')"
)


def upgrade() -> None:
    """Tables, then what is shipped."""
    connection = op.get_bind()
    for statement in TABLES:
        connection.execute(text(statement))
    insert = text(_SEED).bindparams(bindparam("body", type_=JSONB))
    connection.execute(insert, {"code": REPAIR_POLICY, "effective_from": SINCE, "body": LIMITS.model_dump(mode="json")})
