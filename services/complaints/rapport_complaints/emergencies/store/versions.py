"""What is kept in versions."""

from __future__ import annotations

from rapport_chassis.versions import VersionedKind, versions_table

from rapport_complaints.emergencies.domain.emergency_data import POLICY, EmergencyPlan, EmergencyPolicy, IncidentType
from rapport_complaints.schema import metadata

incident_types = versions_table("incident_types", metadata, "Types of incidents")
INCIDENT_TYPES = VersionedKind(incident_types, IncidentType, "incident-type")

emergency_plans = versions_table("emergency_plans", metadata, "Emergency plans")
EMERGENCY_PLANS = VersionedKind(emergency_plans, EmergencyPlan, "emergency-plan")

emergency_policies = versions_table("emergency_policies", metadata, "Levels")
EMERGENCY_POLICIES = VersionedKind(emergency_policies, EmergencyPolicy, "emergency-policy", POLICY)
