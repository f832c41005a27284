"""The tables of the first road, the shipped policy and the shipped calendars.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

from alembic import op
from rapport_chassis.tables import create_chassis_tables
from rapport_complaints.clocks.domain.defaults import ALWAYS, SINCE, STANDARD
from rapport_complaints.migrations.chinese_holidays import seed
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None

TABLES = (
    "CREATE SEQUENCE complaint_numbers",
    """
    CREATE TABLE calendars (
        code text NOT NULL,
        version integer NOT NULL,
        effective_from timestamptz NOT NULL,
        body jsonb NOT NULL,
        recorded_at timestamptz DEFAULT now() NOT NULL,
        recorded_by text NOT NULL,
        PRIMARY KEY (code, version)
    )
    """,
    "COMMENT ON TABLE calendars IS 'Business calendars; a version is never changed, a new one is added.'",
    """
    CREATE TABLE complaints (
        id uuid NOT NULL,
        version bigint NOT NULL,
        number text NOT NULL,
        state text NOT NULL,
        episode integer NOT NULL,
        channel text NOT NULL,
        category text NOT NULL,
        severity text,
        complex boolean NOT NULL,
        customer_id uuid,
        interaction_id uuid,
        touchpoint text,
        subject_staff text[] NOT NULL,
        recurrence_of uuid,
        source text,
        external_ref text,
        flags text[] NOT NULL,
        keyed_by uuid NOT NULL,
        problem bytea,
        remedy_sought bytea,
        contact bytea,
        policy text,
        policy_version integer,
        reopen_grace_days integer NOT NULL,
        attempts_needed integer NOT NULL,
        assignee text,
        handlers text[] NOT NULL,
        promised_until timestamptz,
        cause text,
        latent_risk boolean,
        proposals integer NOT NULL,
        remedy text,
        attempts integer NOT NULL,
        outcome text,
        received_at timestamptz NOT NULL,
        last_at timestamptz NOT NULL,
        due_at timestamptz,
        acknowledged_at timestamptz,
        accepted_at timestamptz,
        first_resolved_at timestamptz,
        resolved_at timestamptz,
        feedback_at timestamptz,
        closed_at timestamptz,
        withdrawn_at timestamptz,
        PRIMARY KEY (id),
        UNIQUE (number),
        FOREIGN KEY(recurrence_of) REFERENCES complaints (id)
    )
    """,
    "CREATE INDEX complaints_assignee ON complaints (assignee, received_at, id) WHERE assignee IS NOT NULL",
    "CREATE INDEX complaints_by_due ON complaints (coalesce(due_at, TIMESTAMPTZ '9999-12-31 00:00:00+00'), id)",
    "CREATE INDEX complaints_category ON complaints (category, received_at, id)",
    "CREATE INDEX complaints_channel ON complaints (channel, received_at, id)",
    "CREATE INDEX complaints_customer ON complaints (customer_id, received_at, id) WHERE customer_id IS NOT NULL",
    "CREATE INDEX complaints_due ON complaints (due_at, id) WHERE due_at IS NOT NULL",
    "CREATE UNIQUE INDEX complaints_external ON complaints (source, external_ref) WHERE external_ref IS NOT NULL",
    "CREATE INDEX complaints_interaction ON complaints (interaction_id) WHERE interaction_id IS NOT NULL",
    "CREATE INDEX complaints_flags ON complaints USING gin (flags)",
    "CREATE INDEX complaints_received ON complaints (received_at, id)",
    "CREATE INDEX complaints_recurrence ON complaints (recurrence_of) WHERE recurrence_of IS NOT NULL",
    "CREATE INDEX complaints_state ON complaints (state, received_at, id)",
    "COMMENT ON TABLE complaints IS 'One row for each complaint; due_at is the earliest of its running clocks.'",
    "COMMENT ON COLUMN complaints.number IS 'what people say on the phone'",
    "COMMENT ON COLUMN complaints.subject_staff IS 'whom it is about; may not handle it'",
    "COMMENT ON COLUMN complaints.source IS 'the system it was imported from'",
    "COMMENT ON COLUMN complaints.external_ref IS 'its identity there'",
    "COMMENT ON COLUMN complaints.keyed_by IS 'customer, or the complaint itself while he is unknown'",
    "COMMENT ON COLUMN complaints.problem IS 'sealed'",
    "COMMENT ON COLUMN complaints.remedy_sought IS 'sealed'",
    "COMMENT ON COLUMN complaints.contact IS 'sealed'",
    "COMMENT ON COLUMN complaints.policy_version IS 'pinned when its clocks started'",
    """
    CREATE TABLE interactions (
        interaction_id uuid NOT NULL,
        sequence bigint NOT NULL,
        customer_id uuid,
        touchpoint text,
        channel text,
        last_agent text,
        PRIMARY KEY (interaction_id)
    )
    """,
    "COMMENT ON TABLE interactions IS 'Projection of what Interactions publishes; can be rebuilt from the topic.'",
    """
    CREATE TABLE sla_policies (
        code text NOT NULL,
        version integer NOT NULL,
        effective_from timestamptz NOT NULL,
        body jsonb NOT NULL,
        recorded_at timestamptz DEFAULT now() NOT NULL,
        recorded_by text NOT NULL,
        PRIMARY KEY (code, version)
    )
    """,
    "COMMENT ON TABLE sla_policies IS 'SLA policies; a version is never changed, a new one is added.'",
    """
    CREATE TABLE clocks (
        id uuid NOT NULL,
        complaint_id uuid NOT NULL,
        kind text NOT NULL,
        episode integer NOT NULL,
        state text NOT NULL,
        policy text NOT NULL,
        policy_version integer NOT NULL,
        calendar text NOT NULL,
        calendar_version integer NOT NULL,
        target_amount integer NOT NULL,
        target_unit text NOT NULL,
        warn_percent integer NOT NULL,
        started_at timestamptz NOT NULL,
        due_at timestamptz,
        warn_at timestamptz,
        warned_at timestamptz,
        breached_at timestamptz,
        ended_at timestamptz,
        in_time boolean,
        pauses jsonb NOT NULL,
        past_dues jsonb NOT NULL,
        PRIMARY KEY (id),
        FOREIGN KEY(complaint_id) REFERENCES complaints (id)
    )
    """,
    "CREATE INDEX clocks_calendar ON clocks (calendar, complaint_id) WHERE state IN ('running', 'paused')",
    "CREATE INDEX clocks_complaint ON clocks (complaint_id)",
    "COMMENT ON TABLE clocks IS 'Two for each episode; the policy version is pinned, old due times are kept.'",
    """
    CREATE TABLE moves (
        id uuid NOT NULL,
        complaint_id uuid NOT NULL,
        move text NOT NULL,
        source text NOT NULL,
        target text NOT NULL,
        at timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL,
        actor text NOT NULL,
        reason text,
        detail jsonb NOT NULL,
        note bytea,
        PRIMARY KEY (id),
        FOREIGN KEY(complaint_id) REFERENCES complaints (id)
    )
    """,
    "CREATE INDEX moves_complaint ON moves (complaint_id, id)",
    "COMMENT ON TABLE moves IS 'The history: every move with who, when, why.'",
    "COMMENT ON COLUMN moves.id IS 'time-ordered'",
    "COMMENT ON COLUMN moves.note IS 'sealed'",
)
_SEED = (
    "INSERT INTO {table} (code, version, effective_from, body, recorded_by)"
    " VALUES (:code, 1, :effective_from, :body, 'system:shipped')"
)


def upgrade() -> None:
    """Tables, then what is shipped."""
    connection = op.get_bind()
    create_chassis_tables(connection)
    for statement in TABLES:
        connection.execute(text(statement))
    calendars = text(_SEED.format(table="calendars")).bindparams(bindparam("body", type_=JSONB))
    for code, calendar in {"cn": seed(), "always": ALWAYS}.items():
        values = {"code": code, "effective_from": SINCE, "body": calendar.model_dump(mode="json")}
        connection.execute(calendars, values)
    policies = text(_SEED.format(table="sla_policies")).bindparams(bindparam("body", type_=JSONB))
    connection.execute(policies, {"code": "standard", "effective_from": SINCE, "body": STANDARD.model_dump(mode="json")})
