"""What is kept in versions."""

from __future__ import annotations

from rapport_chassis.versions import VersionedKind, versions_table

from rapport_complaints.recovery.domain.recovery_data import RECOVERY_POLICY, Budget, RecoveryPolicy
from rapport_complaints.recovery.domain.win_back_data import WIN_BACK_POLICY, WinBackPolicy
from rapport_complaints.schema import metadata

recovery_policies = versions_table("recovery_policies", metadata, "How long offers stand")
RECOVERY_POLICIES = VersionedKind(recovery_policies, RecoveryPolicy, "recovery-policy", RECOVERY_POLICY)

compensation_budgets = versions_table("compensation_budgets", metadata, "How much may be awarded")
COMPENSATION_BUDGETS = VersionedKind(compensation_budgets, Budget, "compensation-budget")

win_back_policies = versions_table("win_back_policies", metadata, "When customers may be lost")
WIN_BACK_POLICIES = VersionedKind(win_back_policies, WinBackPolicy, "win-back-policy", WIN_BACK_POLICY)
