"""What is kept in versions."""

from __future__ import annotations

from rapport_chassis.versions import VersionedKind, versions_table

from rapport_complaints.repairs.domain.repair_data import REPAIR_POLICY, RepairPolicy, Vendor
from rapport_complaints.schema import metadata

vendors = versions_table("vendors", metadata, "Vendors who repair")
VENDORS = VersionedKind(vendors, Vendor, "vendor")

repair_policies = versions_table("repair_policies", metadata, "Limits of repairs")
REPAIR_POLICIES = VersionedKind(repair_policies, RepairPolicy, "repair-policy", REPAIR_POLICY)
