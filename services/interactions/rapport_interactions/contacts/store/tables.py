"""The tables. `call_events` is the truth; `interactions` can be folded from it again at any time."""

from __future__ import annotations

from rapport_chassis.columns import updated_at
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Double,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from rapport_interactions.schema import metadata


def _moment(name: str, *, nullable: bool = False, now: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable, server_default=func.now() if now else None)


def _seconds(name: str) -> Column[object]:
    return Column(name, Double, nullable=False, server_default="0")


call_events = Table(
    "call_events",
    metadata,
    Column("source", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("interaction_id", Uuid, nullable=False),
    Column("call_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    _moment("occurred_at"),
    _moment("received_at", now=True),
    Column(
        "digest",
        LargeBinary,
        nullable=False,
        comment="keyed, of the whole event: the same id with another body is a conflict",
    ),
    Column("data", JSONB, nullable=False, comment="the event without its identifiers"),
    Column("identifiers", JSONB, comment="[{kind, sealed, mark}]; dropped when the customer is known"),
    Index("call_events_interaction", "interaction_id"),
    comment="Every pushed event, once. Append-only but for the identifiers.",
)

fold_queue = Table(
    "fold_queue",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("interaction_id", Uuid, nullable=False),
    Column("correlation_id", Uuid),  # the version before writes it; the contact itself correlates
    Column("traceparent", Text),
    comment="Interactions that have events which are not folded yet; short-lived.",
    postgresql_with={
        "autovacuum_vacuum_scale_factor": "0",
        "autovacuum_vacuum_threshold": "2000",
        "autovacuum_vacuum_insert_scale_factor": "0",
        "autovacuum_vacuum_insert_threshold": "20000",
    },
)

interactions = Table(
    "interactions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column(
        "version",
        BigInteger,
        nullable=False,
        comment="of its newest fact on the public topic; grows also when it changes hands by a merge",
    ),
    Column("source", Text, nullable=False),
    Column("call_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("touchpoint", Text),
    Column("contact_type", Text),
    Column("queue", Text),
    Column("agents", ARRAY(Text), nullable=False),
    Column("agent_seconds", ARRAY(Double), nullable=False, comment="service seconds of each of `agents`"),
    Column("last_agent", Text),
    Column("transfers", Integer, nullable=False),
    _moment("started_at"),
    _moment("ended_at", nullable=True),
    _moment("last_event_at"),
    _moment("timed_out_at", nullable=True),
    Column("wait_seconds", Double, nullable=False, comment="in queues before the first human answer"),
    _seconds("ivr_seconds"),
    _seconds("queue_seconds"),
    _seconds("service_seconds"),
    _seconds("hold_seconds"),
    _seconds("after_contact_work_seconds"),
    _seconds("bot_seconds"),
    Column("flags", ARRAY(Text), nullable=False),
    Column("segments", JSONB, nullable=False),
    Column("announced", JSONB, nullable=False, comment="what was published"),
    Column(
        "presented", ARRAY(Text), nullable=False, comment="marks of identifiers given to Profiles; keyed for this contact"
    ),
    Column("presented_count", Integer, nullable=False, comment="facts on the private topic"),
    Column("customer_id", Uuid),
    Column("link_rule", Text),
    _moment("linked_at", nullable=True),
    _moment("created_at", now=True),
    *updated_at("interactions"),
    Index("interactions_started", "started_at", "id"),
    Index("interactions_customer", "customer_id", "started_at", "id", postgresql_where=text("customer_id IS NOT NULL")),
    Index("interactions_queue", "queue", "started_at", "id"),
    Index("interactions_open", "last_event_at", postgresql_where=text("ended_at IS NULL AND timed_out_at IS NULL")),
    Index("interactions_agents", "agents", postgresql_using="gin"),
    Index("interactions_flags", "started_at", "id", postgresql_where=text("flags <> '{}'")),
    comment="Contacts as folded from their events.",
    postgresql_with={"fillfactor": "85"},
)

notes = Table(
    "notes",
    metadata,
    Column("interaction_id", Uuid, primary_key=True),
    Column(
        "subject",
        Uuid,
        nullable=False,
        comment="whose key it is sealed with: the customer, or the contact until the customer is known",
    ),
    Column("content", LargeBinary, nullable=False),
    Column("written_by", Text, nullable=False),
    _moment("written_at", now=True),
    Index("notes_subject", "subject"),
    comment="What an agent wrote about a contact, encrypted.",
)
