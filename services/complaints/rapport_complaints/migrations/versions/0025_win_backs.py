"""More about scores, win-backs, and when customers may be lost, as shipped.

Revision ID: 0025
Revises: 0024
"""

from __future__ import annotations

from alembic import op
from rapport_chassis.customers import let_follow
from rapport_complaints.clocks.domain.defaults import SINCE
from rapport_complaints.recovery.domain.win_back_data import SHIPPED, WIN_BACK_POLICY
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

revision = "0025"
down_revision = "0024"

TABLES = (
    "ALTER TABLE scores ALTER customer_id DROP NOT NULL, ADD interaction_id uuid, ADD complaint_id uuid, ADD band text",
    "CREATE INDEX scores_time ON scores (scored_at)",
    "COMMENT ON COLUMN scores.customer_id IS 'null: nobody knows who answered'",
    "COMMENT ON COLUMN scores.band IS 'null: answered before it was kept'",
    """
    CREATE TABLE win_backs (
        id uuid NOT NULL,
        version bigint NOT NULL,
        state text NOT NULL,
        customer_id uuid NOT NULL,
        keyed_by uuid NOT NULL,
        reason text NOT NULL,
        occasions integer NOT NULL,
        policy text NOT NULL,
        policy_version integer NOT NULL,
        complaint_id uuid,
        owner text,
        outcome text,
        requested_at timestamptz NOT NULL,
        due_at timestamptz NOT NULL,
        last_at timestamptz NOT NULL,
        started_at timestamptz,
        closed_at timestamptz,
        PRIMARY KEY (id),
        FOREIGN KEY(complaint_id) REFERENCES complaints (id)
    )
    """,
    "CREATE INDEX win_backs_complaint ON win_backs (complaint_id) WHERE complaint_id IS NOT NULL",
    "CREATE INDEX win_backs_customer ON win_backs (customer_id, reason, requested_at)",
    "CREATE INDEX win_backs_due ON win_backs (due_at, id) WHERE closed_at IS NULL",
    "CREATE INDEX win_backs_requested ON win_backs (requested_at, id)",
    "COMMENT ON TABLE win_backs IS 'One row for each customer and reason, at most one within the quiet days of the policy.'",
    """
    CREATE TABLE win_back_policies (
        code text NOT NULL,
        version integer NOT NULL,
        effective_from timestamptz NOT NULL,
        body jsonb NOT NULL,
        recorded_at timestamptz DEFAULT now() NOT NULL,
        recorded_by text NOT NULL,
        PRIMARY KEY (code, version)
    )
    """,
    "COMMENT ON TABLE win_back_policies IS 'When customers may be lost; a version is never changed, a new one is added.'",
)
_SEED = (
    "INSERT INTO win_back_policies (code, version, effective_from, body, recorded_by)"
    " VALUES (:code, 1, :effective_from, :body, 'system:shipped')"
)


def upgrade() -> None:
    """Tables, what follows merge and split, then what is shipped."""
    connection = op.get_bind()
    for statement in TABLES:
        connection.execute(text(statement))
    let_follow(connection, "win_backs")
    insert = text(_SEED).bindparams(bindparam("body", type_=JSONB))
    connection.execute(insert, {"code": WIN_BACK_POLICY, "effective_from": SINCE, "body": SHIPPED.model_dump(mode="json")})
