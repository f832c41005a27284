"""The tables of winning back: win-backs and their policy. Notes stand sealed in `history`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, Uuid, text

from rapport_complaints.schema import metadata, moment

LOOK = "win-back.look"
"""The kind of timer at which it is looked whether a customer may be lost; its key is the customer."""

DUE = "win-back.due"
"""The kind of timer at which a win-back is overdue; its key is the win-back."""

win_backs = Table(
    "win_backs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("keyed_by", Uuid, nullable=False),
    Column("reason", Text, nullable=False),
    Column("occasions", Integer, nullable=False),
    Column("policy", Text, nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("complaint_id", Uuid, ForeignKey("complaints.id")),
    Column("owner", Text),
    Column("outcome", Text),
    moment("requested_at", nullable=False),
    moment("due_at", nullable=False),
    moment("last_at", nullable=False),
    moment("started_at"),
    moment("missed_at"),
    moment("closed_at"),
    Index("win_backs_requested", "requested_at", "id"),
    Index("win_backs_state", "state", "requested_at", "id"),
    Index("win_backs_reason", "reason", "requested_at", "id"),
    Index("win_backs_outcome", "outcome", "requested_at", "id", postgresql_where=text("outcome IS NOT NULL")),
    Index("win_backs_owner", "owner", "requested_at", "id", postgresql_where=text("owner IS NOT NULL")),
    Index("win_backs_customer", "customer_id", "reason", "requested_at"),
    Index("win_backs_complaint", "complaint_id", postgresql_where=text("complaint_id IS NOT NULL")),
    Index("win_backs_due", "due_at", "id", postgresql_where=text("closed_at IS NULL")),
    comment="One row for each customer and reason, at most one within the quiet days of the policy.",
)
