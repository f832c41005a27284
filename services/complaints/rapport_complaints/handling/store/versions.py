"""What is kept in versions."""

from __future__ import annotations

from rapport_chassis.versions import VersionedKind, versions_table

from rapport_complaints.cases.domain.ladder import LADDER, Ladder
from rapport_complaints.handling.domain.assignment import ASSIGNMENT, AssignmentRules
from rapport_complaints.handling.domain.major_data import MAJOR_POLICY, MajorPolicy
from rapport_complaints.schema import metadata

major_policies = versions_table("major_policies", metadata, "What is a major complaint")
MAJOR_POLICIES = VersionedKind(major_policies, MajorPolicy, "major-policy", MAJOR_POLICY)


assignment_rules = versions_table("assignment_rules", metadata, "Who gets what")
ASSIGNMENT_RULES = VersionedKind(assignment_rules, AssignmentRules, "assignment-rules", ASSIGNMENT)

escalation_policies = versions_table("escalation_policies", metadata, "The ladder")
LADDERS = VersionedKind(escalation_policies, Ladder, "escalation-policy", LADDER)
