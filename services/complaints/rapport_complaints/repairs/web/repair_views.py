"""What the API shows of repairs; free text stands only in their histories."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import Field
from rapport_contracts.fields import UtcTime

from rapport_complaints.cases.web.views import TargetView, View
from rapport_complaints.repairs.domain.repair_life import REPAIR_LIFE


class LimitView(View):
    """A limit. `kind`: `respond` (until accepted), `complete` (until the work is done); `breached_at` is the due time."""

    kind: str
    target: TargetView
    started_at: UtcTime
    due_at: UtcTime
    breached_at: UtcTime | None
    ended_at: UtcTime | None
    in_time: bool | None


class VisitView(View):
    """Somebody was there."""

    at: UtcTime
    worker: str
    outcome: str


class RepairView(View):
    """A repair. `version` is its ETag; `allowed` are the moves that its state has."""

    id: UUID
    version: int
    number: str = Field(examples=["R2026-000042"])
    state: str = Field(examples=["scheduled"])
    allowed: list[str] = Field(default_factory=list)
    category: str
    customer_id: UUID | None
    complaint_id: UUID | None
    touchpoint: str | None
    policy: str
    policy_version: int
    vendor: str | None
    appointment_at: UtcTime | None
    reworks: int = Field(description="How often the customer refused the work.")
    visits: list[VisitView]
    limits: list[LimitView]
    requested_at: UtcTime
    due_at: UtcTime | None = Field(description="The earliest due time of its running limits.")
    accepted_at: UtcTime | None
    started_at: UtcTime | None
    completed_at: UtcTime | None
    in_time: bool | None = Field(description="Whether the work was done within the limit; null while it is not.")
    ended_at: UtcTime | None


def repair_view(shown: Any) -> RepairView:
    """A repair, as every action answers, or as a row of a list."""
    return RepairView.model_validate(shown).model_copy(update={"allowed": list(REPAIR_LIFE.allowed(shown.state))})
