"""The tables of Complaints. Free text and contacts are sealed under the key of `keyed_by`; everything else is codes."""

from __future__ import annotations

from rapport_chassis.columns import table_of
from rapport_chassis.histories import history
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Sequence,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from rapport_complaints.cases.domain.communication import Communication
from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.schema import metadata, moment

NONE = text("'{}'::text[]")
numbers = Sequence("complaint_numbers", metadata=metadata)


NOT_ENDED = "state NOT IN ('closed', 'withdrawn', 'duplicate', 'transferred')"
"""As the queues ask and as their indexes say it: word for word, or the planner does not see that they are the same."""
DUE = "coalesce(due_at, TIMESTAMPTZ '9999-12-31 00:00:00+00')"

complaints = table_of(
    Complaint,
    "complaints",
    metadata,
    Column("number", unique=True, comment="what people say on the phone"),
    Column("category_version", comment="of the taxonomy that it was classified under"),
    Column("source_category", comment="what the system it comes from calls it"),
    Column("subject_staff", comment="whom it is about; may not handle it"),
    Column("transferred_to", comment="who answers for it now, outside of this service"),
    Column("source", comment="the system it was imported from"),
    Column("external_ref", comment="its identity there"),
    Column("keyed_by", comment="customer, or the complaint itself while the customer is unknown"),
    Column("problem", comment="sealed"),
    Column("remedy_sought", comment="sealed"),
    Column("contact", comment="sealed"),
    Column("vulnerability", comment="sealed"),
    Column("handling", comment="sealed: tags of the complainant"),
    Column("policy_version", comment="pinned when its clocks started"),
    Column("deciders", server_default=NONE, comment="of the present decision"),
    Column("barred", server_default=NONE, comment="handled it before an appeal was upheld"),
    Column("cause_version", comment="of the taxonomy that it was taken from"),
    Column("amount", Numeric(14, 2), comment="what the proposal costs"),
    Column("pending_remedy", comment="waits for somebody with more authority"),
    Column("pending_amount", Numeric(14, 2)),
    Column("grounds", server_default=NONE, comment="why it is not upheld"),
    Column("appeals", server_default="0"),
    Column("follow_up_days", comment="pinned with the policy"),
    Column("refusals", server_default="0", comment="of the present episode"),
    Column("waited_seconds", server_default="0", comment="of the present episode, what is over"),
    Column("escalation_level", server_default="0", comment="0: it is not escalated"),
    Column("escalation_steps", server_default=NONE, comment="taken in the present episode"),
    Column("held_by", server_default=NONE, comment="emergencies that hold its clocks"),
    moment("due_at"),
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
    refers={"recurrence_of": "complaints.id", "duplicate_of": "complaints.id"},
    elsewhere={"clocks", "raised", "was_major"},
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

communications = table_of(
    Communication,
    "communications",
    metadata,
    Column("words", comment="sealed"),
    Index("communications_complaint", "complaint_id", "at", "id"),
    refers={"complaint_id": "complaints.id", "letter_id": "letters.id"},
    comment="What was said to and by the customer; never changed.",
)

findings = Table(
    "findings",
    metadata,
    Column("id", Uuid, primary_key=True, comment="time-ordered: the order in which they were said"),
    Column("complaint_id", Uuid, ForeignKey("complaints.id"), nullable=False),
    Column("move_id", Uuid, ForeignKey(history.c.id), nullable=False),
    Column("part", Text, nullable=False, comment="evidence, why, branch"),
    Column("kind", Text, nullable=False),
    Column("reference_id", Uuid, comment="a contact, file, communication or complaint"),
    Column("words", LargeBinary, comment="sealed"),
    Column("salt", LargeBinary, comment="sealed; of the digest"),
    Column("digest", LargeBinary, comment="of salt and words; stands in the chain of the history"),
    Index("findings_complaint", "complaint_id", "id"),
    Index("findings_move", "move_id", "id"),
    comment="What steps of the investigation rest on, and how root causes were found.",
)

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
