"""Incidents, drills and what they go by, with the shipped types, levels and plan; the time of contacts.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

from collections.abc import Mapping

from alembic import op
from pydantic import BaseModel
from rapport_complaints.clocks.domain.defaults import SINCE
from rapport_complaints.emergencies.domain.emergency_data import GENERAL_PLAN, LEVELS, POLICY, TYPES
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"

TABLES = (
    "CREATE SEQUENCE incident_numbers",
    "CREATE SEQUENCE drill_numbers",
    """
    CREATE TABLE incidents (
        id uuid NOT NULL,
        version bigint NOT NULL,
        number text NOT NULL,
        state text NOT NULL,
        incident_type text NOT NULL,
        type_version integer NOT NULL,
        level integer,
        touchpoints text[] NOT NULL,
        categories text[] NOT NULL,
        reported_at timestamptz NOT NULL,
        began_at timestamptz NOT NULL,
        ended_at timestamptz,
        last_at timestamptz NOT NULL,
        policy text,
        policy_version integer,
        holds_surveys boolean NOT NULL,
        update_minutes integer,
        next_update_at timestamptz,
        updates integer NOT NULL,
        missed_updates integer NOT NULL,
        missed_in_a_row integer NOT NULL,
        plan text,
        plan_version integer,
        checklist jsonb NOT NULL,
        cause text,
        declared_at timestamptz,
        contained_at timestamptz,
        restored_at timestamptz,
        reviewed_at timestamptz,
        closed_at timestamptz,
        PRIMARY KEY (id),
        UNIQUE (number)
    )
    """,
    "CREATE INDEX incidents_declared ON incidents (began_at) WHERE declared_at IS NOT NULL AND closed_at IS NULL",
    "CREATE INDEX incidents_late ON incidents (id) WHERE missed_in_a_row > 0",
    "CREATE INDEX incidents_reported ON incidents (reported_at, id)",
    "CREATE INDEX incidents_state ON incidents (state, reported_at, id)",
    "COMMENT ON TABLE incidents IS 'One row for each incident; next_update_at is set while it is an emergency.'",
    "COMMENT ON COLUMN incidents.policy_version IS 'pinned when it was declared'",
    "COMMENT ON COLUMN incidents.checklist IS 'copied from the plan when it was activated'",
    """
    CREATE TABLE incident_complaints (
        incident_id uuid NOT NULL,
        complaint_id uuid NOT NULL,
        automatic boolean NOT NULL,
        linked_at timestamptz NOT NULL,
        linked_by text NOT NULL,
        unlinked_at timestamptz,
        unlinked_by text,
        PRIMARY KEY (incident_id, complaint_id),
        FOREIGN KEY(incident_id) REFERENCES incidents (id),
        FOREIGN KEY(complaint_id) REFERENCES complaints (id)
    )
    """,
    "CREATE INDEX incident_complaints_complaint ON incident_complaints (complaint_id)",
    "CREATE INDEX incident_complaints_linked ON incident_complaints (incident_id, linked_at, complaint_id)",
    "COMMENT ON TABLE incident_complaints IS 'Complaints of incidents; one taken out stays and is not put in again.'",
    """
    CREATE TABLE drills (
        id uuid NOT NULL,
        version bigint NOT NULL,
        number text NOT NULL,
        state text NOT NULL,
        plan text NOT NULL,
        plan_version integer NOT NULL,
        planned_for timestamptz NOT NULL,
        last_at timestamptz NOT NULL,
        participants integer,
        gaps jsonb NOT NULL,
        held_at timestamptz,
        closed_at timestamptz,
        PRIMARY KEY (id),
        UNIQUE (number)
    )
    """,
    "CREATE INDEX drills_planned ON drills (planned_for, id)",
    "CREATE INDEX drills_state ON drills (state, planned_for, id)",
    "COMMENT ON TABLE drills IS 'One row for each drill of an emergency plan.'",
    """
    CREATE TABLE chronicle (
        id uuid NOT NULL,
        subject_id uuid NOT NULL,
        move text NOT NULL,
        source text NOT NULL,
        target text NOT NULL,
        at timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL,
        actor text NOT NULL,
        reason text,
        detail jsonb NOT NULL,
        note bytea,
        PRIMARY KEY (id)
    )
    """,
    "CREATE INDEX chronicle_subject ON chronicle (subject_id, id)",
    "COMMENT ON TABLE chronicle IS 'The history of incidents and drills: every move with who, when, why.'",
    "COMMENT ON COLUMN chronicle.id IS 'time-ordered'",
    "COMMENT ON COLUMN chronicle.note IS 'sealed'",
    """
    CREATE TABLE incident_types (
        code text NOT NULL,
        version integer NOT NULL,
        effective_from timestamptz NOT NULL,
        body jsonb NOT NULL,
        recorded_at timestamptz DEFAULT now() NOT NULL,
        recorded_by text NOT NULL,
        PRIMARY KEY (code, version)
    )
    """,
    "COMMENT ON TABLE incident_types IS 'Types of incidents; a version is never changed, a new one is added.'",
    """
    CREATE TABLE emergency_plans (
        code text NOT NULL,
        version integer NOT NULL,
        effective_from timestamptz NOT NULL,
        body jsonb NOT NULL,
        recorded_at timestamptz DEFAULT now() NOT NULL,
        recorded_by text NOT NULL,
        PRIMARY KEY (code, version)
    )
    """,
    "COMMENT ON TABLE emergency_plans IS 'Emergency plans; a version is never changed, a new one is added.'",
    """
    CREATE TABLE emergency_policies (
        code text NOT NULL,
        version integer NOT NULL,
        effective_from timestamptz NOT NULL,
        body jsonb NOT NULL,
        recorded_at timestamptz DEFAULT now() NOT NULL,
        recorded_by text NOT NULL,
        PRIMARY KEY (code, version)
    )
    """,
    "COMMENT ON TABLE emergency_policies IS 'Levels; a version is never changed, a new one is added.'",
    "ALTER TABLE interactions ADD COLUMN started_at timestamptz",
    "CREATE INDEX interactions_touchpoint ON interactions (touchpoint, started_at, interaction_id)",
)
_SEED = (
    "INSERT INTO {table} (code, version, effective_from, body, recorded_by)"
    " VALUES (:code, 1, :effective_from, :body, 'system:shipped')"
)


def upgrade() -> None:
    """Tables, then what is shipped."""
    connection = op.get_bind()
    for statement in TABLES:
        connection.execute(text(statement))
    shipped: dict[str, Mapping[str, BaseModel]] = {
        "incident_types": TYPES,
        "emergency_plans": {"general": GENERAL_PLAN},
        "emergency_policies": {POLICY: LEVELS},
    }
    for table, bodies in shipped.items():
        insert = text(_SEED.format(table=table)).bindparams(bindparam("body", type_=JSONB))
        for code, body in bodies.items():
            values = {"code": code, "effective_from": SINCE, "body": body.model_dump(mode="json")}
            connection.execute(insert, values)
