"""Add versions of what recovery goes by: budgets, and how long an offer stands. Each raises VersionConflict."""

from __future__ import annotations

from pydantic import Field
from rapport_kernel.errors import NotFound

from rapport_complaints.domain.clocks.policies import EffectiveFrom, Version
from rapport_complaints.domain.recovery.recovery_data import RECOVERY_POLICY, SHIPPED_RECOVERY, Budget, RecoveryPolicy
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.command import example


class NewBudget(Budget):
    """A budget as it is from a time on. What was awarded in its present period counts."""

    model_config = example(
        {"name": "North, deliveries", "unit": "north", "currency": "CNY", "amount": "20000.00", "period": "month"}
    )

    effective_from: EffectiveFrom | None = Field(default=None, description="Null: from now on.")


class NewRecoveryPolicy(RecoveryPolicy):
    """The policy as it is from a time on, for plans approved from then on."""

    model_config = example(SHIPPED_RECOVERY.model_dump(mode="json"))

    effective_from: EffectiveFrom | None = Field(default=None, description="Null: from now on.")


async def put_budget(work: ComplaintsWork, code: str, said: NewBudget) -> Version[Budget]:
    """Add the version."""
    body = Budget(**{name: getattr(said, name) for name in Budget.model_fields})
    made = await work.compensation_budgets.add(code, body, said.effective_from or work.now)
    await work.audit("compensation-budget.put", f"compensation-budget:{code}", detail={"version": made.version})
    return made


async def put_recovery_policy(work: ComplaintsWork, code: str, said: NewRecoveryPolicy) -> Version[RecoveryPolicy]:
    """Add the version. Raises NotFound for another code than that of the one policy that counts."""
    if code != RECOVERY_POLICY:
        raise NotFound
    body = RecoveryPolicy(**{name: getattr(said, name) for name in RecoveryPolicy.model_fields})
    made = await work.recovery_policies.add(code, body, said.effective_from or work.now)
    await work.audit("recovery-policy.put", f"recovery-policy:{code}", detail={"version": made.version})
    return made
