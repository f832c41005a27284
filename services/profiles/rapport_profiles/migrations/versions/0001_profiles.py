"""Customers, identifiers, consents, identity conflicts, timeline."""

from alembic import op
from rapport_chassis.tables import create_chassis_tables

revision = "0001"
down_revision = None

TABLES = (
    """
    CREATE TABLE customers (
        id uuid PRIMARY KEY,
        version bigint NOT NULL,
        kind text NOT NULL,
        stage text NOT NULL,
        source text NOT NULL,
        registered_at timestamptz NOT NULL,
        personal bytea,
        filled text[] NOT NULL
    )
    """,
    "CREATE INDEX customers_registered ON customers (registered_at, id)",
    "CREATE INDEX customers_stage ON customers (stage, registered_at, id)",
    "CREATE INDEX customers_kind ON customers (kind, registered_at, id)",
    """
    CREATE TABLE identifiers (
        id uuid PRIMARY KEY,
        customer_id uuid NOT NULL REFERENCES customers (id) DEFERRABLE INITIALLY DEFERRED,
        kind text NOT NULL,
        scope text NOT NULL,
        blind_index bytea NOT NULL,
        sealed bytea NOT NULL,
        source text NOT NULL,
        added_at timestamptz NOT NULL,
        verified_at timestamptz,
        verified_by text
    )
    """,
    "CREATE UNIQUE INDEX identifiers_blind_index ON identifiers (blind_index)",
    "CREATE INDEX identifiers_customer ON identifiers (customer_id)",
    """
    CREATE TABLE consents (
        id uuid PRIMARY KEY,
        customer_id uuid NOT NULL REFERENCES customers (id) DEFERRABLE INITIALLY DEFERRED,
        purpose text NOT NULL,
        channel text,
        state text NOT NULL,
        said_at timestamptz NOT NULL,
        recorded_by text NOT NULL,
        evidence_kind text NOT NULL,
        evidence bytea
    )
    """,
    "CREATE INDEX consents_customer ON consents (customer_id, said_at, id)",
    """
    CREATE TABLE conflicts (
        id uuid PRIMARY KEY,
        version bigint NOT NULL,
        state text NOT NULL,
        fingerprint bytea NOT NULL,
        candidates uuid[] NOT NULL,
        rules text[] NOT NULL,
        detected_at timestamptz NOT NULL,
        resolved_at timestamptz,
        resolved_by text,
        customer_id uuid
    )
    """,
    "CREATE UNIQUE INDEX conflicts_fingerprint ON conflicts (fingerprint)",
    "CREATE INDEX conflicts_detected ON conflicts (state, detected_at, id)",
    """
    CREATE TABLE conflict_identifiers (
        conflict_id uuid NOT NULL,
        blind_index bytea NOT NULL,
        kind text NOT NULL,
        scope text NOT NULL,
        sealed bytea NOT NULL,
        source text NOT NULL,
        PRIMARY KEY (conflict_id, blind_index)
    )
    """,
    """
    CREATE TABLE conflict_interactions (
        conflict_id uuid NOT NULL,
        interaction_id uuid NOT NULL,
        detected_at timestamptz NOT NULL,
        PRIMARY KEY (conflict_id, interaction_id)
    )
    """,
    """
    CREATE TABLE timeline_entries (
        event_id uuid PRIMARY KEY,
        type text NOT NULL,
        kind text NOT NULL,
        subject_id uuid NOT NULL,
        anchor uuid NOT NULL,
        occurred_at timestamptz NOT NULL,
        summary jsonb NOT NULL
    )
    """,
    "CREATE INDEX timeline_entries_anchor ON timeline_entries (anchor, occurred_at, event_id)",
    """
    CREATE TABLE timeline_links (
        subject_id uuid PRIMARY KEY,
        customer_id uuid NOT NULL,
        rank smallint NOT NULL,
        linked_at timestamptz NOT NULL,
        event_id uuid NOT NULL
    )
    """,
    "CREATE INDEX timeline_links_customer ON timeline_links (customer_id)",
)


def upgrade() -> None:
    create_chassis_tables(op.get_bind())
    for statement in TABLES:
        op.execute(statement)
