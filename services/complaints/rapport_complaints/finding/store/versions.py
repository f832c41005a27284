"""What is kept in versions."""

from __future__ import annotations

from rapport_chassis.versions import VersionedKind, versions_table

from rapport_complaints.finding.domain.trends import TRENDS, TrendPolicy
from rapport_complaints.schema import metadata

trend_policies = versions_table("trend_policies", metadata, "How trends are found")
TREND_POLICIES = VersionedKind(trend_policies, TrendPolicy, "trend-policy", TRENDS)
