"""The timeline over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.lists import Page, Paging
from rapport_chassis.web import Call, Router, View
from rapport_contracts.fields import CustomerId
from rapport_kernel.errors import NotFound

from rapport_profiles.customers.web import READ
from rapport_profiles.timeline.store import TimelineFilters, find_entries
from rapport_profiles.work import ProfilesWork

router = Router(tags=["customers"])


class TimelineEntry(View):
    """One event. `summary` holds codes and numbers only; `subject_id` is the contact, complaint or survey it is about."""

    event_id: UUID
    type: str = Field(examples=["interaction.completed.v1"])
    kind: str = Field(examples=["interaction"])
    subject_id: UUID
    occurred_at: datetime
    summary: dict[str, Any] = Field(examples=[{"channel": "phone", "outcome": "answered"}])


@router.get("/customers/{customer_id}/timeline", allow=READ, errors=[NotFound], summary="Everything that happened")
async def timeline(
    customer_id: CustomerId, filters: TimelineFilters, paging: Paging, call: Call[ProfilesWork]
) -> Page[TimelineEntry]:
    """Contacts, complaints, surveys and consents by the time when they happened. `sort=occurred_at`: the oldest first."""
    return (await call.read(find_entries, customer_id, filters, paging)).map(TimelineEntry.model_validate)
