"""The tables of Profiles. Personal data is in `personal`, `sealed` and `evidence` columns only, encrypted.

`keyed_by` is the customer of whom it was said: his key seals it, also after a merge gave the row to another one.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData()


def _customer() -> ForeignKey:
    """Checked at commit: identifiers are claimed before the customer's row is written, always in this order."""
    return ForeignKey("customers.id", deferrable=True, initially="DEFERRED")


customers = Table(
    "customers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("registered_at", DateTime(timezone=True), nullable=False),
    Column("personal", LargeBinary),
    Column("filled", ARRAY(Text), nullable=False),
    Index("customers_registered", "registered_at", "id"),
    Index("customers_stage", "stage", "registered_at", "id"),
    Index("customers_kind", "kind", "registered_at", "id"),
)

identifiers = Table(
    "identifiers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer_id", Uuid, _customer(), nullable=False),
    Column("kind", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("blind_index", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("keyed_by", Uuid, nullable=False),
    Column("source", Text, nullable=False),
    Column("added_at", DateTime(timezone=True), nullable=False),
    Column("verified_at", DateTime(timezone=True)),
    Column("verified_by", Text),
    Index("identifiers_blind_index", "blind_index", unique=True),
    Index("identifiers_customer", "customer_id"),
)

consents = Table(
    "consents",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer_id", Uuid, _customer(), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("channel", Text),
    Column("state", Text, nullable=False),
    Column("said_at", DateTime(timezone=True), nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("evidence_kind", Text, nullable=False),
    Column("evidence", LargeBinary),
    Column("keyed_by", Uuid, nullable=False),
    Index("consents_customer", "customer_id", "said_at", "id"),
)

conflicts = Table(
    "conflicts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("candidates", ARRAY(Uuid), nullable=False),
    Column("rules", ARRAY(Text), nullable=False),
    Column("detected_at", DateTime(timezone=True), nullable=False),
    Column("resolved_at", DateTime(timezone=True)),
    Column("resolved_by", Text),
    Column("customer_id", Uuid),
    Index("conflicts_fingerprint", "fingerprint", unique=True),
    Index("conflicts_detected", "state", "detected_at", "id"),
    Index("conflicts_customer", "customer_id", postgresql_where=text("customer_id IS NOT NULL")),
)

conflict_identifiers = Table(
    "conflict_identifiers",
    metadata,
    Column("conflict_id", Uuid, nullable=False),
    Column("blind_index", LargeBinary, nullable=False),
    Column("kind", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("source", Text, nullable=False),
    PrimaryKeyConstraint("conflict_id", "blind_index"),
)

conflict_interactions = Table(
    "conflict_interactions",
    metadata,
    Column("conflict_id", Uuid, nullable=False),
    Column("interaction_id", Uuid, nullable=False),
    Column("detected_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("conflict_id", "interaction_id"),
)

timeline_entries = Table(
    "timeline_entries",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("type", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("anchor", Uuid, nullable=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("summary", JSONB, nullable=False),
    Index("timeline_entries_anchor", "anchor", "occurred_at", "event_id"),
    comment="Projection: one line for each event that concerns a customer.",
)

timeline_links = Table(
    "timeline_links",
    metadata,
    Column("subject_id", Uuid, primary_key=True),
    Column("customer_id", Uuid, nullable=False),
    Column("rank", SmallInteger, nullable=False),
    Column("linked_at", DateTime(timezone=True), nullable=False),
    Column("event_id", Uuid, nullable=False),
    Index("timeline_links_customer", "customer_id"),
    comment="Projection: whose a contact, a complaint or a conflict is.",
)
