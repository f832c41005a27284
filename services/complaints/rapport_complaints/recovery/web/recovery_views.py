"""What the API shows of recovery cases and money; free text stands only in their histories."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import Field
from rapport_contracts.fields import UtcTime
from rapport_contracts.money import Amount, Total

from rapport_complaints.cases.web.views import View
from rapport_complaints.recovery.domain.recovery_life import RECOVERY_LIFE


class RecoveryView(View):
    """A recovery case. `version` is its ETag; `allowed` are the moves that its state has. Its money stands in
    `/compensations`."""

    id: UUID
    version: int
    number: str = Field(examples=["S2026-000042"])
    state: str = Field(examples=["approved"])
    allowed: list[str] = Field(default_factory=list)
    failure: str
    category: str
    unit: str | None
    customer_id: UUID | None
    complaint_id: UUID | None
    subject_staff: list[str]
    participants: list[str] = Field(description="Had a hand in it; they do not judge it.")
    plan: int = Field(description="How many plans were made.")
    remedies: list[str] = Field(description="Of the present plan.", examples=[["apology", "refund"]])
    proposed_by: str | None
    approved_by: str | None
    authority_version: int | None = Field(description="Of the limits it was proposed or approved under.")
    policy_version: int | None = Field(description="Of the recovery policy it was approved under.")
    identified_at: UtcTime
    proposed_at: UtcTime | None
    approved_at: UtcTime | None
    expires_at: UtcTime | None = Field(description="When the offer lapses; null once it cannot.")
    offered_at: UtcTime | None
    accepted_at: UtcTime | None
    executed_at: UtcTime | None
    asked: UUID | None = Field(description="The invitation to a survey that was answered.")
    metric: str | None
    value: float | None = Field(description="What the customer answered.")
    judged_at: UtcTime | None
    ended_at: UtcTime | None


class CompensationView(View):
    """Money of a plan. `state`: `reserved` (waits for approval), `approved`, `paid`, `released` (not paid), `reversed` (all
    came back). The sums are those of the ledger."""

    id: UUID
    recovery_id: UUID
    number: str = Field(description="Of the recovery case.", examples=["S2026-000042"])
    customer_id: UUID | None
    complaint_id: UUID | None
    category: str
    unit: str | None
    plan: int
    kind: str = Field(examples=["refund"])
    state: str = Field(examples=["paid"])
    currency: str = Field(examples=["CNY"])
    amount: Amount
    awarded_at: UtcTime
    paid: Total
    came_back: Total = Field(description="Of what was paid.")
    standing: Total = Field(description="Awarded and not taken back: what it uses of budgets.")


class EntryView(View):
    """An entry of the ledger; never changed. A reversal names the entry that it takes back, and counts the other way."""

    id: UUID
    recovery_id: UUID
    compensation_id: UUID
    kind: str = Field(examples=["payment"])
    currency: str
    amount: Amount
    reverses: UUID | None
    at: UtcTime
    recorded_at: UtcTime
    actor: str
    reason: str | None


def recovery_view(shown: Any) -> RecoveryView:
    """A case, as every action answers, or as a row of a list."""
    return RecoveryView.model_validate(shown).model_copy(update={"allowed": list(RECOVERY_LIFE.allowed(shown.state))})
