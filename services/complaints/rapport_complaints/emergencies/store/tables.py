"""The tables of emergencies: incidents, their complaints, drills, and what emergencies go by."""

from __future__ import annotations

from rapport_chassis.columns import table_of
from rapport_chassis.versions import VersionedKind, versions_table
from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Sequence,
    Table,
    Text,
    Uuid,
    text,
)

from rapport_complaints.emergencies.domain.data import POLICY, EmergencyPlan, EmergencyPolicy, IncidentType
from rapport_complaints.emergencies.domain.drill import Drill
from rapport_complaints.emergencies.domain.incident import Incident
from rapport_complaints.schema import metadata, moment

incident_numbers = Sequence("incident_numbers", metadata=metadata)
drill_numbers = Sequence("drill_numbers", metadata=metadata)

incidents = table_of(
    Incident,
    "incidents",
    metadata,
    Column("number", unique=True),
    Column("policy_version", comment="pinned when it was declared"),
    Column("holds_clocks", server_default="false"),
    Column("checklist", comment="copied from the plan when it was activated"),
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

drills = table_of(
    Drill,
    "drills",
    metadata,
    Column("number", unique=True),
    Index("drills_planned", "planned_for", "id"),
    Index("drills_state", "state", "planned_for", "id"),
    comment="One row for each drill of an emergency plan.",
)

INCIDENT_TYPES = VersionedKind(
    versions_table("incident_types", metadata, "Types of incidents"), IncidentType, "incident-type"
)
EMERGENCY_PLANS = VersionedKind(
    versions_table("emergency_plans", metadata, "Emergency plans"), EmergencyPlan, "emergency-plan"
)
EMERGENCY_POLICIES = VersionedKind(
    versions_table("emergency_policies", metadata, "Levels"), EmergencyPolicy, "emergency-policy", POLICY
)
