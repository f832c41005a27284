"""The tables of major complaints: their cases, and the policy."""

from __future__ import annotations

from rapport_chassis.versions import versions_table
from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from rapport_complaints.cases.store.tables import metadata, moment

major_policies = versions_table("major_policies", metadata, "What is a major complaint")

major_cases = Table(
    "major_cases",
    metadata,
    Column("id", Uuid, primary_key=True, comment="time-ordered"),
    Column("version", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("complaint_id", Uuid, ForeignKey("complaints.id"), nullable=False),
    Column("rule", Text, comment="null: declared by hand"),
    Column("cause", Text, comment="of the complaint when it was declared"),
    Column("reason", Text),
    Column("policy", Text, nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("declared_by", Text, nullable=False),
    Column("told", ARRAY(Text), nullable=False, comment="roles"),
    Column("steps", JSONB, nullable=False),
    Column("late_steps", Integer, nullable=False),
    moment("declared_at", nullable=False),
    moment("next_due_at"),
    moment("ended_at"),
    Column("outcome", Text),
    Index("major_cases_open", "complaint_id", unique=True, postgresql_where=text("ended_at IS NULL")),
    Index("major_cases_complaint", "complaint_id", "id"),
    Index("major_cases_cause", "cause", "rule", postgresql_where=text("ended_at IS NULL AND cause IS NOT NULL")),
    comment="One row for each time that a complaint was declared major; next_due_at is the earliest of its open steps.",
)
