"""The table of changes. Words about them stand sealed in `history`, under a key of the change's own."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Sequence, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from rapport_complaints.schema import metadata, moment

change_numbers = Sequence("change_numbers", metadata=metadata)

changes = Table(
    "changes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("number", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("dimension", Text, nullable=False),
    Column("group", Text, nullable=False, comment="the code whose complaints are to become fewer"),
    Column("trend_id", Uuid, comment="the trend that led to it; of old runs only what rose is kept"),
    Column("complaints", ARRAY(Uuid), nullable=False),
    Column("steps", JSONB, nullable=False),
    Column("effects", JSONB, nullable=False),
    Column("verdict", Text, comment="of the effect recorded last of what binds now"),
    Column("round", Integer, nullable=False),
    Column("late_steps", Integer, nullable=False),
    Column("standard", Text),
    moment("proposed_at", nullable=False),
    moment("last_at", nullable=False),
    moment("due_at"),
    moment("unfrozen_at"),
    moment("started_at"),
    moment("refrozen_at"),
    moment("ended_at"),
    Index("changes_proposed", "proposed_at", "id"),
    Index("changes_state", "state", "proposed_at", "id"),
    Index("changes_group", "dimension", "group", "proposed_at", "id"),
    Index("changes_complaints", "complaints", postgresql_using="gin"),
    Index("changes_due", "due_at", "id", postgresql_where=text("due_at IS NOT NULL")),
    comment="One row for each change; due_at is the earliest of its open steps.",
)
