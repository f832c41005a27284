"""The first tables of Interactions, beside those of the chassis."""

from __future__ import annotations

from alembic import op
from rapport_chassis.tables import create_chassis_tables

revision = "0001"
down_revision = None

TABLES = (
    """
    CREATE TABLE call_events (
        source text NOT NULL,
        event_id text NOT NULL,
        interaction_id uuid NOT NULL,
        call_id text NOT NULL,
        type text NOT NULL,
        occurred_at timestamptz NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now(),
        digest bytea NOT NULL,
        data jsonb NOT NULL,
        identifiers jsonb,
        PRIMARY KEY (source, event_id)
    )
    """,
    "CREATE INDEX call_events_interaction ON call_events (interaction_id)",
    """
    CREATE TABLE fold_queue (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        interaction_id uuid NOT NULL,
        correlation_id uuid,
        traceparent text
    ) WITH (
        autovacuum_vacuum_scale_factor = 0,
        autovacuum_vacuum_threshold = 2000,
        autovacuum_vacuum_insert_scale_factor = 0,
        autovacuum_vacuum_insert_threshold = 20000
    )
    """,
    """
    CREATE TABLE interactions (
        id uuid PRIMARY KEY,
        version bigint NOT NULL,
        source text NOT NULL,
        call_id text NOT NULL,
        state text NOT NULL,
        channel text NOT NULL,
        direction text NOT NULL,
        mode text NOT NULL,
        outcome text NOT NULL,
        touchpoint text,
        contact_type text,
        queue text,
        agents text[] NOT NULL,
        agent_seconds double precision[] NOT NULL,
        last_agent text,
        transfers integer NOT NULL,
        started_at timestamptz NOT NULL,
        ended_at timestamptz,
        last_event_at timestamptz NOT NULL,
        timed_out_at timestamptz,
        wait_seconds double precision NOT NULL,
        ivr_seconds double precision NOT NULL DEFAULT 0,
        queue_seconds double precision NOT NULL DEFAULT 0,
        service_seconds double precision NOT NULL DEFAULT 0,
        hold_seconds double precision NOT NULL DEFAULT 0,
        after_contact_work_seconds double precision NOT NULL DEFAULT 0,
        bot_seconds double precision NOT NULL DEFAULT 0,
        flags text[] NOT NULL,
        segments jsonb NOT NULL,
        announced jsonb NOT NULL,
        presented text[] NOT NULL,
        presented_count integer NOT NULL,
        customer_id uuid,
        link_rule text,
        linked_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now()
    ) WITH (fillfactor = 85)
    """,
    "CREATE INDEX interactions_started ON interactions (started_at, id)",
    "CREATE INDEX interactions_customer ON interactions (customer_id, started_at, id) WHERE customer_id IS NOT NULL",
    "CREATE INDEX interactions_queue ON interactions (queue, started_at, id)",
    "CREATE INDEX interactions_open ON interactions (last_event_at) WHERE ended_at IS NULL AND timed_out_at IS NULL",
    "CREATE INDEX interactions_agents ON interactions USING gin (agents)",
    "CREATE INDEX interactions_flags ON interactions (started_at, id) WHERE flags <> '{}'",
    """
    CREATE TABLE quarantine (
        id uuid PRIMARY KEY,
        source text NOT NULL,
        reason text NOT NULL,
        place text NOT NULL,
        line integer NOT NULL,
        state text NOT NULL DEFAULT 'waiting',
        digest bytea NOT NULL,
        content bytea,
        size integer NOT NULL,
        times integer NOT NULL DEFAULT 1,
        quarantined_at timestamptz NOT NULL DEFAULT now(),
        settled_at timestamptz,
        settled_by text,
        result text
    )
    """,
    "CREATE UNIQUE INDEX quarantine_item ON quarantine (source, digest)",
    "CREATE INDEX quarantine_time ON quarantine (quarantined_at, id)",
    "CREATE INDEX quarantine_waiting ON quarantine (quarantined_at, id) WHERE state = 'waiting'",
    """
    CREATE TABLE notes (
        interaction_id uuid PRIMARY KEY,
        subject uuid NOT NULL,
        content bytea NOT NULL,
        written_by text NOT NULL,
        written_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX notes_subject ON notes (subject)",
)


COMMENTS = {
    "TABLE call_events": "Every pushed event, once. Append-only but for the identifiers.",
    "COLUMN call_events.digest": "keyed, of the whole event: the same id with another body is a conflict",
    "COLUMN call_events.data": "the event without its identifiers",
    "COLUMN call_events.identifiers": "[{kind, sealed, mark}]; dropped when the customer is known",
    "TABLE fold_queue": "Interactions that have events which are not folded yet; short-lived.",
    "TABLE interactions": "Contacts as folded from their events.",
    "COLUMN interactions.version": "number of facts published about it on the public topic",
    "COLUMN interactions.agent_seconds": "service seconds of each of `agents`",
    "COLUMN interactions.wait_seconds": "in queues before the first human answer",
    "COLUMN interactions.announced": "what the topic has heard",
    "COLUMN interactions.presented": "marks of identifiers given to Profiles; keyed for this contact",
    "COLUMN interactions.presented_count": "facts on the private topic",
    "TABLE notes": "What an agent wrote about a contact, encrypted.",
    "COLUMN notes.subject": "whose key it is sealed with: the customer, or the contact until he is known",
    "TABLE quarantine": "Pushed items that could not be used.",
    "COLUMN quarantine.place": "which field, as far as it is one that we know",
    "COLUMN quarantine.line": "position in its batch, from 0",
    "COLUMN quarantine.state": "waiting | replayed | dropped",
    "COLUMN quarantine.digest": "keyed, of reason and content: the same item is kept once",
    "COLUMN quarantine.content": "the item as it came, encrypted; destroyed when it is settled",
    "COLUMN quarantine.times": "how often it came",
    "COLUMN quarantine.result": "of the replay, or the reason of the drop",
}


def upgrade() -> None:
    create_chassis_tables(op.get_bind())
    for table in TABLES:
        op.execute(table)
    for place, comment in COMMENTS.items():
        op.execute(f"COMMENT ON {place} IS '{comment.replace(chr(39), chr(39) * 2)}'")
