"""What is kept in versions."""

from __future__ import annotations

from rapport_chassis.versions import VersionedKind, versions_table

from rapport_complaints.clocks.domain.policies import CalendarData, SlaPolicy
from rapport_complaints.schema import metadata

sla_policies = versions_table("sla_policies", metadata, "SLA policies")
SLA_POLICIES = VersionedKind(sla_policies, SlaPolicy, "sla-policy")

calendars = versions_table("calendars", metadata, "Business calendars")
CALENDARS = VersionedKind(calendars, CalendarData, "calendar")
