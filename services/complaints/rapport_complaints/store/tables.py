"""The tables of Complaints. Free text and contacts are sealed under the key of `keyed_by`; everything else is codes."""

from __future__ import annotations

from rapport_chassis.chains import heads_table, link_columns
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Sequence,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData()
NONE = text("'{}'::text[]")
numbers = Sequence("complaint_numbers", metadata=metadata)


def moment(name: str, *, nullable: bool = True) -> Column[object]:
    """A column for an instant, in UTC."""
    return Column(name, DateTime(timezone=True), nullable=nullable)


NOT_ENDED = "state NOT IN ('closed', 'withdrawn', 'duplicate', 'transferred')"
"""As the queues ask and as their indexes say it: word for word, or the planner does not see that they are the same."""
DUE = "coalesce(due_at, TIMESTAMPTZ '9999-12-31 00:00:00+00')"

complaints = Table(
    "complaints",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("number", Text, nullable=False, unique=True, comment="what people say on the phone"),
    Column("state", Text, nullable=False),
    Column("episode", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("category_version", Integer, comment="of the taxonomy that it was classified under"),
    Column("source_category", Text, comment="what the system it comes from calls it"),
    Column("product", Text),
    Column("severity", Text),
    Column("complex", Boolean, nullable=False),
    Column("customer_id", Uuid),
    Column("interaction_id", Uuid),
    Column("touchpoint", Text),
    Column("subject_staff", ARRAY(Text), nullable=False, comment="whom it is about; may not handle it"),
    Column("subject_unit", Text),
    Column("recurrence_of", Uuid, ForeignKey("complaints.id")),
    Column("duplicate_of", Uuid, ForeignKey("complaints.id")),
    Column("transferred_to", Text, comment="who answers for it now, outside of this service"),
    Column("source", Text, comment="the system it was imported from"),
    Column("external_ref", Text, comment="its identity there"),
    Column("flags", ARRAY(Text), nullable=False),
    Column("keyed_by", Uuid, nullable=False, comment="customer, or the complaint itself while he is unknown"),
    Column("problem", LargeBinary, comment="sealed"),
    Column("remedy_sought", LargeBinary, comment="sealed"),
    Column("contact", LargeBinary, comment="sealed"),
    Column("vulnerability", LargeBinary, comment="sealed"),
    Column("handling", LargeBinary, comment="sealed: tags of the complainant"),
    Column("policy", Text),
    Column("policy_version", Integer, comment="pinned when its clocks started"),
    Column("reopen_grace_days", Integer, nullable=False),
    Column("attempts_needed", Integer, nullable=False),
    Column("assignee", Text),
    Column("handlers", ARRAY(Text), nullable=False),
    Column("deciders", ARRAY(Text), nullable=False, server_default=NONE, comment="of the present decision"),
    Column("barred", ARRAY(Text), nullable=False, server_default=NONE, comment="handled it before an appeal was upheld"),
    moment("promised_until"),
    Column("cause", Text),
    Column("cause_version", Integer, comment="of the taxonomy that it was taken from"),
    moment("cause_at"),
    Column("latent_risk", Boolean),
    Column("proposals", Integer, nullable=False),
    Column("remedy", Text),
    Column("amount", Numeric(14, 2), comment="what the proposal costs"),
    Column("currency", Text),
    Column("pending_remedy", Text, comment="waits for somebody with more authority"),
    Column("pending_amount", Numeric(14, 2)),
    Column("pending_currency", Text),
    Column("pending_by", Text),
    moment("pending_at"),
    Column("attempts", Integer, nullable=False),
    Column("grounds", ARRAY(Text), nullable=False, server_default=NONE, comment="why it is not upheld"),
    Column("appeals", Integer, nullable=False, server_default="0"),
    Column("follow_up_days", Integer, comment="pinned with the policy"),
    Column("outcome", Text),
    Column("refusals", Integer, nullable=False, server_default="0", comment="of the present episode"),
    moment("waiting_since"),
    Column("waited_seconds", Integer, nullable=False, server_default="0", comment="of the present episode, what is over"),
    Column("escalation_level", Integer, nullable=False, server_default="0", comment="0: it is not escalated"),
    Column("escalation_steps", ARRAY(Text), nullable=False, server_default=NONE, comment="taken in the present episode"),
    Column("held_by", ARRAY(Uuid), nullable=False, server_default=NONE, comment="emergencies that hold its clocks"),
    moment("received_at", nullable=False),
    moment("began_at"),
    moment("last_at", nullable=False),
    moment("due_at"),
    moment("acknowledged_at"),
    moment("accepted_at"),
    moment("first_resolved_at"),
    moment("resolved_at"),
    moment("not_upheld_at"),
    moment("appealed_at"),
    moment("feedback_at"),
    moment("follow_up_at"),
    moment("followed_up_at"),
    moment("closed_at"),
    moment("withdrawn_at"),
    moment("ended_at"),
    Index("complaints_received", "received_at", "id"),
    Index("complaints_state", "state", "received_at", "id"),
    Index("complaints_channel", "channel", "received_at", "id"),
    Index("complaints_category", "category", "received_at", "id"),
    Index("complaints_assignee", "assignee", "received_at", "id", postgresql_where=text("assignee IS NOT NULL")),
    Index("complaints_customer", "customer_id", "received_at", "id", postgresql_where=text("customer_id IS NOT NULL")),
    Index("complaints_due", "due_at", "id", postgresql_where=text("due_at IS NOT NULL")),
    Index("complaints_by_due", text(DUE), "id"),
    Index("complaints_by_due_mine", "assignee", text(DUE), "id", postgresql_where=text(NOT_ENDED)),
    Index("complaints_by_due_open", text(DUE), "id", postgresql_where=text(NOT_ENDED)),
    Index("complaints_by_due_unassigned", text(DUE), "id", postgresql_where=text(f"assignee IS NULL AND {NOT_ENDED}")),
    Index("complaints_interaction", "interaction_id", postgresql_where=text("interaction_id IS NOT NULL")),
    Index("complaints_recurrence", "recurrence_of", postgresql_where=text("recurrence_of IS NOT NULL")),
    Index("complaints_duplicates", "duplicate_of", postgresql_where=text("duplicate_of IS NOT NULL")),
    Index(
        "complaints_alike", "category", "touchpoint", "received_at", "id", postgresql_where=text("touchpoint IS NOT NULL")
    ),
    Index(
        "complaints_source_category",
        "source_category",
        "received_at",
        "id",
        postgresql_where=text("source_category IS NOT NULL"),
    ),
    Index("complaints_severity", "severity", "received_at", "id", postgresql_where=text("severity IS NOT NULL")),
    Index("complaints_product", "product", "received_at", "id", postgresql_where=text("product IS NOT NULL")),
    Index("complaints_cause", "cause", "received_at", "id", postgresql_where=text("cause IS NOT NULL")),
    Index("complaints_cause_at", "cause_at", "cause", postgresql_where=text("cause IS NOT NULL")),
    Index("complaints_closed", "closed_at", "id", postgresql_where=text("closed_at IS NOT NULL")),
    Index("complaints_external", "source", "external_ref", unique=True, postgresql_where=text("external_ref IS NOT NULL")),
    Index("complaints_escalated", "escalation_level", "id", postgresql_where=text("escalation_level > 0")),
    Index("complaints_pending", "pending_at", "id", postgresql_where=text("pending_at IS NOT NULL")),
    Index("complaints_flags", "flags", postgresql_using="gin"),
    comment="One row for each complaint; due_at is the earliest of its running clocks.",
)

clocks = Table(
    "clocks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("complaint_id", Uuid, ForeignKey("complaints.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("episode", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("calendar", Text, nullable=False),
    Column("calendar_version", Integer, nullable=False),
    Column("target_amount", Integer, nullable=False),
    Column("target_unit", Text, nullable=False),
    Column("warn_percent", Integer, nullable=False),
    moment("started_at", nullable=False),
    moment("due_at"),
    moment("warn_at"),
    moment("warned_at"),
    moment("breached_at"),
    moment("ended_at"),
    Column("in_time", Boolean),
    Column("extended", Integer, nullable=False, server_default="0", comment="in the unit of the target"),
    Column("pauses", JSONB, nullable=False),
    Column("past_dues", JSONB, nullable=False),
    Index("clocks_complaint", "complaint_id"),
    Index("clocks_calendar", "calendar", "complaint_id", postgresql_where=text("state IN ('running', 'paused')")),
    comment="Some for each episode and policy; the policy version is pinned, old due times are kept.",
)

moves = Table(
    "moves",
    metadata,
    Column("id", Uuid, primary_key=True, comment="time-ordered"),
    Column("complaint_id", Uuid, ForeignKey("complaints.id"), nullable=False),
    Column("move", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("target", Text, nullable=False),
    moment("at", nullable=False),
    moment("recorded_at", nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text),
    Column("detail", JSONB, nullable=False),
    Column("note", LargeBinary, comment="sealed"),
    Column("salt", LargeBinary, comment="sealed; of the digest"),
    Column("digest", LargeBinary, comment="of salt and note; what the note takes part in the chain by"),
    *link_columns(),
    Index("moves_complaint", "complaint_id", "id"),
    Index("moves_chain", "complaint_id", "seq", unique=True),
    comment="The history: every move with who, when, why; a chain for each complaint, append-only.",
)

chain_heads = heads_table("chain_heads", metadata)

interactions = Table(
    "interactions",
    metadata,
    Column("interaction_id", Uuid, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("customer_id", Uuid),
    Column("touchpoint", Text),
    Column("channel", Text),
    Column("last_agent", Text),
    moment("started_at"),
    Index("interactions_customer", "customer_id", postgresql_where=text("customer_id IS NOT NULL")),
    Index("interactions_started", "started_at", postgresql_where=text("started_at IS NOT NULL")),
    Index("interactions_touchpoint", "touchpoint", "started_at", "interaction_id"),
    comment="Projection of what Interactions publishes; can be rebuilt from the topic.",
)

durations = Table(
    "durations",
    metadata,
    Column("complaint_id", Uuid, ForeignKey("complaints.id"), primary_key=True),
    moment("acknowledged_at"),
    moment("answered_at"),
    moment("closed_at"),
    Column("acknowledge_seconds", Double, comment="business seconds from receipt; null: no clock says which hours count"),
    Column("answer_seconds", Double, comment="the same"),
    Column("close_seconds", Double, comment="the same"),
    comment="When each thing happened first, and how long it took; written by a timer, can be reckoned anew.",
)


def versions(name: str, comment: str) -> Table:
    """A table for `Versions`."""
    return Table(
        name,
        metadata,
        Column("code", Text, primary_key=True),
        Column("version", Integer, primary_key=True, autoincrement=False),
        moment("effective_from", nullable=False),
        Column("body", JSONB, nullable=False),
        Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("recorded_by", Text, nullable=False),
        comment=comment,
    )


sla_policies = versions("sla_policies", "SLA policies; a version is never changed, a new one is added.")
calendars = versions("calendars", "Business calendars; a version is never changed, a new one is added.")
