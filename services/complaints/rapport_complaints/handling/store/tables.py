"""The tables of who does it: the staff, the rules by which complaints are assigned, and before whom they were brought."""

from __future__ import annotations

from rapport_chassis.versions import versions_table
from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, Uuid, text

from rapport_complaints.cases.store.tables import metadata, moment

staff = versions_table("staff", metadata, "Who handles complaints, by opaque id")
assignment_rules = versions_table("assignment_rules", metadata, "Who gets what")
escalation_policies = versions_table("escalation_policies", metadata, "The ladder")
handling_guides = versions_table("handling_guides", metadata, "What helps with complainants")

escalations = Table(
    "escalations",
    metadata,
    Column("id", Uuid, primary_key=True, comment="time-ordered"),
    Column("complaint_id", Uuid, ForeignKey("complaints.id"), nullable=False),
    Column("episode", Integer, nullable=False),
    Column("level", Integer, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("step", Text, comment="of the ladder; null: by hand"),
    Column("policy_version", Integer, comment="of the ladder"),
    Column("to_kind", Text, nullable=False),
    Column("to_code", Text, nullable=False),
    Column("reason", Text),
    Column("actor", Text, nullable=False),
    moment("triggered_at", nullable=False),
    moment("escalated_at", nullable=False),
    moment("ended_at"),
    Column("outcome", Text, comment="how the complaint ended"),
    Index("escalations_complaint", "complaint_id", "id"),
    Index("escalations_level", "level", "id"),
    Index("escalations_trigger", "trigger", "id"),
    Index("escalations_step", "step", "id", postgresql_where=text("step IS NOT NULL")),
    Index("escalations_to", "to_code", "id"),
    Index("escalations_at", "escalated_at"),
    Index("escalations_open", "to_kind", "to_code", "id", postgresql_where=text("ended_at IS NULL")),
    Index("escalations_once", "complaint_id", "episode", "step", unique=True, postgresql_where=text("step IS NOT NULL")),
    comment="Every time that a complaint was brought before somebody; it ends with the complaint.",
)
