"""The tables that every service's database has: outbox, inbox, parked, timers, audit, keys.

They live beside the service's own tables, so that all commit in the same transaction. The revisions in
`migrations/versions/chassis/` make them, with their functions and triggers; a test compares.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData()

_EMPTY = text("'{}'::jsonb")


def _moment(name: str, *, nullable: bool = False, now: bool = False) -> Column[object]:
    """A point in time; `now` fills it with the start of the transaction."""
    return Column(name, DateTime(timezone=True), nullable=nullable, server_default=func.now() if now else None)


outbox = Table(
    "outbox",
    metadata,
    Column("position", BigInteger, Identity(), primary_key=True, comment="order of sending, given under the row lock"),
    Column("id", Uuid, nullable=False, comment="ce_id"),
    Column("aggregatetype", Text, nullable=False, comment="the topic"),
    Column("aggregateid", Uuid, nullable=False, comment="Kafka key and ce_subject"),
    Column("type", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("time", DateTime(timezone=True), nullable=False),
    Column("sequence", Text, nullable=False, comment="as on the wire: zero-padded to 20 digits"),
    Column("actor", Text, nullable=False),
    Column("correlationid", Uuid),
    Column("causationid", Uuid),
    Column("traceparent", Text),
    Column("payload", LargeBinary, nullable=False, comment="the JSON value as it goes to Kafka"),
    _moment("created_at", now=True),
    Column("signature", Text, comment="of a fact that destroys; null for all others"),
    # The columns id, aggregatetype, aggregateid, type and payload are those of Debezium's outbox event router; the others
    # are what it can place into headers. So an operator can let change data capture send instead of the relay.
    comment="Facts that the broker has not acknowledged yet; the relay sends in order of position and deletes by position.",
    # State-based and short-lived: the table stays nearly empty, so vacuum has to follow at once, not by a share of rows.
    postgresql_with={
        "autovacuum_vacuum_scale_factor": "0",
        "autovacuum_vacuum_threshold": "2000",
        "autovacuum_vacuum_insert_scale_factor": "0",
        "autovacuum_vacuum_insert_threshold": "20000",
    },
)

sequences_ahead = Table(
    "sequences_ahead",
    metadata,
    Column("key", Uuid, primary_key=True, comment="Kafka key and ce_subject"),
    Column("ahead", BigInteger, nullable=False, comment="added to the version of the aggregate"),
    comment="Keys whose facts in the log go further than a restored table: what their numbers are raised by.",
)

inbox = Table(
    "inbox",
    metadata,
    Column("event_day", Date, primary_key=True, comment="day (UTC) that the event itself names, never its arrival"),
    Column("consumer", Text, primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    Column("digest", BigInteger, nullable=False, comment="of type and value: the same id with another body is a conflict"),
    _moment("applied_at", now=True),
    comment="What was applied. Partitioned by event day (by the consumer), so that forgetting is a DROP of a partition.",
    postgresql_partition_by="RANGE (event_day)",
)

inbox_horizon = Table(
    "inbox_horizon",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("first_day", Date, nullable=False, comment="older events may have been applied and forgotten: they are parked"),
    comment="How far back a consumer can still tell what it has seen; no row while nothing was forgotten.",
)

parked = Table(
    "parked",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True, comment="order in the park"),
    Column("consumer", Text, nullable=False, comment="consumer group that could not apply it; `relay` for one not sent"),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False, comment="-1 for one not sent"),
    Column("offset", BigInteger, nullable=False, comment="in the partition; position in the outbox for one not sent"),
    Column("key", LargeBinary, comment="raw Kafka key; later records with it follow into the park"),
    Column("headers", JSONB, nullable=False, server_default=text("'[]'::jsonb"), comment="[[name, base64 | null], ...]"),
    Column("value", LargeBinary, comment="raw bytes as they came, with the headers where sealed; null once settled"),
    Column("sealed", Boolean, nullable=False, server_default=text("false"), comment="value is encrypted, headers are in it"),
    Column(
        "mentions", ARRAY(Uuid), nullable=False, server_default=text("'{}'::uuid[]"), comment="ids that stand in the value"
    ),
    Column("event_id", Uuid),
    Column("type", Text),
    Column("reason", Text, nullable=False, comment="stable code; `follows` for one parked because of its key"),
    Column("detail", Text, nullable=False, server_default="", comment="class and place of the error, never its input"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("state", Text, nullable=False, server_default="parked", comment="parked | released | dropped"),
    _moment("parked_at", now=True),
    _moment("settled_at", nullable=True),
    Column("settled_by", Text),
    Index("parked_origin", "consumer", "topic", "partition", "offset", unique=True),
    Index("parked_open", "consumer", "key", "id", postgresql_where=text("state = 'parked'")),
    comment="Messages that cannot be applied, with the reason; released in order per key.",
)

timers = Table(
    "timers",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("due", DateTime(timezone=True), nullable=False, comment="the exact moment, kept however late it fires"),
    Column("payload", JSONB, nullable=False, server_default=_EMPTY),
    Column("next_try", DateTime(timezone=True), nullable=False, comment="due at first, later after a failed try"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("failure", Text, comment="class and code of the last failure"),
    _moment("parked_at", nullable=True),
    _moment("set_at", now=True),
    Index("timers_next", "next_try", postgresql_where=text("parked_at IS NULL")),
    comment="What is to be done at a certain time. A row is deleted in the transaction of its handler.",
)

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False, comment="given by the trigger, without gaps"),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor_kind", Text, nullable=False),
    Column("actor_id", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("reason", Text),
    Column("detail", JSONB, nullable=False, server_default=_EMPTY),
    Column("correlation_id", Uuid),
    Column("hash", LargeBinary, nullable=False, comment="sha256(hash of the row before || content of this row)"),
    Index("audit_subject", "subject", "seq"),
    Index(
        "audit_subjects",
        text("(detail -> 'subjects')"),
        postgresql_using="gin",
        postgresql_where=text("detail ? 'subjects'"),
    ),
    comment="Who did what and why; append-only, each row sealed by the hash of the one before.",
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("one", SmallInteger, primary_key=True, autoincrement=False, server_default="1"),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    comment="The last link of the audit chain; its row lock puts writers in a row.",
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("principal", Text, primary_key=True),
    Column("route", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("body_hash", LargeBinary, nullable=False),
    Column("status", SmallInteger, comment="null until answered"),
    Column("headers", JSONB, nullable=False, server_default=_EMPTY),
    Column("body", LargeBinary),
    _moment("created_at", now=True),
    Index("idempotency_keys_age", "created_at"),
    comment="Answers to POSTs that carried an Idempotency-Key, stored in the transaction of the command.",
)

data_keys = Table(
    "data_keys",
    metadata,
    Column("subject", Uuid, primary_key=True, comment="customer, or the contact of a caller not known yet"),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("wrapped", LargeBinary, comment="data key under the master key; null once destroyed"),
    Column("master_version", Integer),
    _moment("created_at", now=True),
    _moment("destroyed_at", nullable=True),
    Index("data_keys_master", "master_version", postgresql_where=text("wrapped IS NOT NULL")),
    comment="One data key for each subject. Erasing a subject is destroying its key; the tombstone stays.",
)

machine_keys = Table(
    "machine_keys",
    metadata,
    Column("id", Text, primary_key=True, comment="public part of the key"),
    Column("name", Text, nullable=False),
    Column("secret_hash", LargeBinary, nullable=False, comment="SHA-256; the secret is random, so no slow hash is needed"),
    Column("source", Text, nullable=False, comment="the only source this key may speak for"),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("level", SmallInteger, nullable=False, server_default="1"),
    _moment("created_at", now=True),
    _moment("expires_at", nullable=True),
    _moment("revoked_at", nullable=True),
    _moment("last_used_at", nullable=True),
    Column("created_by", Text, comment="id of the person; null: made by an earlier version"),
    comment="Keys of call-centre systems.",
)

relay_lease = Table(
    "relay_lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("holder", Text, nullable=False),
    Column("pid", Integer, nullable=False, comment="backend of the holder's lock connection"),
    _moment("beat_at"),
    comment="Who relays: beside the advisory lock, so that a frozen holder can be put out.",
)

published = Table(
    "published",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("type", Text, primary_key=True),
    Column("n", BigInteger, nullable=False),
    comment="How many facts of each type the broker has acknowledged; counted where they leave the outbox.",
    postgresql_with={"fillfactor": "50"},
)

published_from = Table(
    "published_from",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("first_offset", BigInteger, nullable=False),
    comment="Where counting began on topics that had records before.",
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("service", Text, primary_key=True),
    Column("number", BigInteger, nullable=False, server_default="0"),
    Column("published", BigInteger, nullable=False, server_default="0", comment="without checkpoints"),
    _moment("recorded_at", nullable=True),
    comment="The last checkpoint: its number, and how many facts it counted.",
)

schema_compatibility = Table(
    "schema_compatibility",
    metadata,
    Column("branch", Text, primary_key=True),
    Column("compatible_from", Text, nullable=False),
    comment="The revision of each branch that a version of the product has to know to work with this database.",
)

shipped = Table(
    "shipped",
    metadata,
    Column("edition", Text, primary_key=True, comment="sha256 of the files"),
    _moment("loaded_at", now=True),
    comment="Which editions of the data that the product ships with were loaded, and when.",
)
