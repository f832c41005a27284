"""Escalations, with the shipped ladder; what was refused and waited so far is reckoned from the history.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

from alembic import op
from rapport_complaints.clocks.domain.defaults import SINCE
from rapport_complaints.handling.domain.ladder import LADDER, SHIPPED_LADDER
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"

STATEMENTS = (
    """
    ALTER TABLE complaints
        ADD COLUMN refusals integer DEFAULT 0 NOT NULL,
        ADD COLUMN waiting_since timestamptz,
        ADD COLUMN waited_seconds integer DEFAULT 0 NOT NULL,
        ADD COLUMN escalation_level integer DEFAULT 0 NOT NULL,
        ADD COLUMN escalation_steps text[] DEFAULT '{}'::text[] NOT NULL
    """,
    "COMMENT ON COLUMN complaints.refusals IS 'of the present episode'",
    "COMMENT ON COLUMN complaints.waited_seconds IS 'of the present episode, what is over'",
    "COMMENT ON COLUMN complaints.escalation_level IS '0: it is not escalated'",
    "COMMENT ON COLUMN complaints.escalation_steps IS 'taken in the present episode'",
    "CREATE INDEX complaints_escalated ON complaints (escalation_level, id) WHERE escalation_level > 0",
    """
    UPDATE complaints c SET refusals = k.refusals FROM (
        SELECT m.complaint_id, count(*) AS refusals FROM moves m JOIN complaints o ON o.id = m.complaint_id
        WHERE (m.move = 'refuse' OR (m.move = 'appeal' AND m.source = 'resolution_proposed'))
            AND m.at >= coalesce(o.began_at, o.received_at)
        GROUP BY m.complaint_id
    ) AS k WHERE k.complaint_id = c.id
    """,
    """
    UPDATE complaints c SET waited_seconds = k.waited, waiting_since = k.since FROM (
        SELECT s.complaint_id,
            coalesce(sum(extract(epoch FROM s.until - s.at)) FILTER (WHERE s.until IS NOT NULL), 0)::integer AS waited,
            max(s.at) FILTER (WHERE s.until IS NULL) AS since
        FROM (
            SELECT m.complaint_id, m.move, m.at, lead(m.at) OVER (PARTITION BY m.complaint_id ORDER BY m.id) AS until
            FROM moves m JOIN complaints o ON o.id = m.complaint_id
            WHERE m.move IN ('pause-for-customer', 'pause-for-third-party', 'resume')
                AND m.at >= coalesce(o.began_at, o.received_at)
                AND o.state NOT IN ('closed', 'withdrawn', 'duplicate', 'transferred')
        ) AS s
        WHERE s.move <> 'resume'
        GROUP BY s.complaint_id
    ) AS k WHERE k.complaint_id = c.id
    """,
    """
    CREATE TABLE escalation_policies (
        code text NOT NULL,
        version integer NOT NULL,
        effective_from timestamptz NOT NULL,
        body jsonb NOT NULL,
        recorded_at timestamptz DEFAULT now() NOT NULL,
        recorded_by text NOT NULL,
        PRIMARY KEY (code, version)
    )
    """,
    "COMMENT ON TABLE escalation_policies IS 'The ladder; a version is never changed, a new one is added.'",
    """
    CREATE TABLE escalations (
        id uuid PRIMARY KEY,
        complaint_id uuid NOT NULL REFERENCES complaints (id),
        episode integer NOT NULL,
        level integer NOT NULL,
        trigger text NOT NULL,
        step text,
        policy_version integer,
        to_kind text NOT NULL,
        to_code text NOT NULL,
        reason text,
        actor text NOT NULL,
        triggered_at timestamptz NOT NULL,
        escalated_at timestamptz NOT NULL,
        ended_at timestamptz,
        outcome text
    )
    """,
    "CREATE INDEX escalations_complaint ON escalations (complaint_id, id)",
    "CREATE INDEX escalations_open ON escalations (to_kind, to_code, id) WHERE ended_at IS NULL",
    "CREATE UNIQUE INDEX escalations_once ON escalations (complaint_id, episode, step) WHERE step IS NOT NULL",
    "COMMENT ON TABLE escalations IS 'Every time that a complaint was brought before somebody; it ends with the complaint.'",
    "COMMENT ON COLUMN escalations.id IS 'time-ordered'",
    "COMMENT ON COLUMN escalations.step IS 'of the ladder; null: by hand'",
    "COMMENT ON COLUMN escalations.policy_version IS 'of the ladder'",
    "COMMENT ON COLUMN escalations.outcome IS 'how the complaint ended'",
    "INSERT INTO timers (kind, key, due, payload, next_try) VALUES ('escalation.follow', '1', now(), '{}', now())",
)
_SEED = (
    "INSERT INTO escalation_policies (code, version, effective_from, body, recorded_by)"
    " VALUES (:code, 1, :effective_from, :body, 'system:shipped')"
)


def upgrade() -> None:
    """Columns, tables, what is shipped; open complaints are looked at once the service runs."""
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.execute(text(statement))
    insert = text(_SEED).bindparams(bindparam("body", type_=JSONB))
    connection.execute(insert, {"code": LADDER, "effective_from": SINCE, "body": SHIPPED_LADDER.model_dump(mode="json")})
