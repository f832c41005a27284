"""The tables of repairs: work orders, vendors, limits. Notes stand sealed in `history`, under the key of `keyed_by`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Sequence, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from rapport_complaints.schema import metadata, moment

repair_numbers = Sequence("repair_numbers", metadata=metadata)


repairs = Table(
    "repairs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("number", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("customer_id", Uuid),
    Column("complaint_id", Uuid, ForeignKey("complaints.id")),
    Column("touchpoint", Text),
    Column("keyed_by", Uuid, nullable=False, comment="customer, or the repair itself while he is unknown"),
    Column("policy", Text, nullable=False),
    Column("policy_version", Integer, nullable=False, comment="pinned when it was requested"),
    Column("calendar", Text, nullable=False),
    Column("vendor", Text),
    moment("appointment_at"),
    Column("reworks", Integer, nullable=False),
    Column("visits", JSONB, nullable=False),
    Column("limits", JSONB, nullable=False),
    moment("requested_at", nullable=False),
    moment("last_at", nullable=False),
    moment("due_at"),
    moment("accepted_at"),
    moment("started_at"),
    moment("completed_at"),
    Column("in_time", Boolean),
    moment("ended_at"),
    Index("repairs_requested", "requested_at", "id"),
    Index("repairs_state", "state", "requested_at", "id"),
    Index("repairs_category", "category", "requested_at", "id"),
    Index("repairs_vendor", "vendor", "requested_at", "id", postgresql_where=text("vendor IS NOT NULL")),
    Index("repairs_customer", "customer_id", "requested_at", "id", postgresql_where=text("customer_id IS NOT NULL")),
    Index("repairs_complaint", "complaint_id", postgresql_where=text("complaint_id IS NOT NULL")),
    Index("repairs_calendar", "calendar", "id", postgresql_where=text("ended_at IS NULL")),
    Index("repairs_due", "due_at", "id", postgresql_where=text("due_at IS NOT NULL")),
    comment="One row for each repair; due_at is the earliest of its running limits.",
)
