"""The tables of emergencies: incidents, their complaints, drills, and what they go by. Notes are sealed."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Sequence,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from rapport_complaints.schema import metadata, moment

incident_numbers = Sequence("incident_numbers", metadata=metadata)
drill_numbers = Sequence("drill_numbers", metadata=metadata)


incidents = Table(
    "incidents",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("number", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("incident_type", Text, nullable=False),
    Column("type_version", Integer, nullable=False),
    Column("level", Integer),
    Column("touchpoints", ARRAY(Text), nullable=False),
    Column("categories", ARRAY(Text), nullable=False),
    moment("reported_at", nullable=False),
    moment("began_at", nullable=False),
    moment("ended_at"),
    moment("last_at", nullable=False),
    Column("policy", Text),
    Column("policy_version", Integer, comment="pinned when it was declared"),
    Column("holds_surveys", Boolean, nullable=False),
    Column("holds_clocks", Boolean, nullable=False, server_default="false"),
    moment("clocks_at"),
    Column("update_minutes", Integer),
    moment("next_update_at"),
    Column("updates", Integer, nullable=False),
    Column("missed_updates", Integer, nullable=False),
    Column("missed_in_a_row", Integer, nullable=False),
    Column("plan", Text),
    Column("plan_version", Integer),
    Column("checklist", JSONB, nullable=False, comment="copied from the plan when it was activated"),
    Column("cause", Text),
    moment("declared_at"),
    moment("contained_at"),
    moment("restored_at"),
    moment("reviewed_at"),
    moment("closed_at"),
    Index("incidents_reported", "reported_at", "id"),
    Index("incidents_state", "state", "reported_at", "id"),
    Index("incidents_declared", "began_at", postgresql_where=text("declared_at IS NOT NULL AND closed_at IS NULL")),
    Index("incidents_late", "id", postgresql_where=text("missed_in_a_row > 0")),
    comment="One row for each incident; next_update_at is set while it is an emergency.",
)

incident_complaints = Table(
    "incident_complaints",
    metadata,
    Column("incident_id", Uuid, ForeignKey("incidents.id"), primary_key=True),
    Column("complaint_id", Uuid, ForeignKey("complaints.id"), primary_key=True),
    Column("automatic", Boolean, nullable=False),
    moment("linked_at", nullable=False),
    Column("linked_by", Text, nullable=False),
    moment("unlinked_at"),
    Column("unlinked_by", Text),
    Index("incident_complaints_linked", "incident_id", "linked_at", "complaint_id"),
    Index("incident_complaints_complaint", "complaint_id"),
    comment="Complaints of incidents; one taken out stays and is not put in again.",
)

drills = Table(
    "drills",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("number", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("plan_version", Integer, nullable=False),
    moment("planned_for", nullable=False),
    moment("last_at", nullable=False),
    Column("participants", Integer),
    Column("gaps", JSONB, nullable=False),
    moment("held_at"),
    moment("closed_at"),
    Index("drills_planned", "planned_for", "id"),
    Index("drills_state", "state", "planned_for", "id"),
    comment="One row for each drill of an emergency plan.",
)
