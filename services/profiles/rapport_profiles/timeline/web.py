"""The timeline over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.lists import Page, Paging
from rapport_chassis.web import Call, Router, View
from rapport_chassis.web.values import OPEN, known
from rapport_contracts.fields import CustomerId
from rapport_contracts.vocabulary import VOCABULARY
from rapport_kernel.errors import NotFound

from rapport_profiles.customers.web import READ
from rapport_profiles.timeline.domain import ENTRY_KINDS, summaries
from rapport_profiles.timeline.store import BY_TIME, TimelineFilters, find_entries
from rapport_profiles.work import ProfilesWork

router = Router(tags=["customers"])


class TimelineEntry(View):
    """One event. `summary` holds codes and numbers only, with the `number` of the complaint that it is about;
    `subject_id` is the contact, complaint or survey it is about."""

    event_id: UUID
    type: str = Field(
        examples=["interaction.completed.v1"],
        json_schema_extra=lambda schema: schema.update({OPEN: [*sorted(summaries())], VOCABULARY: "event-type"}),
    )
    kind: Annotated[str, known(ENTRY_KINDS)] = Field(examples=["interaction"])
    subject_id: UUID
    occurred_at: datetime
    summary: dict[str, Any] = Field(
        examples=[{"channel": "phone", "outcome": "answered"}],
        description="Codes and numbers of the event; `x-by-type` has the schema of it for each `type`.",
        json_schema_extra=lambda schema: schema.update({"x-by-type": summaries()}),
    )


@router.get("/customers/{customer_id}/timeline", allow=READ, errors=[NotFound], summary="Everything that happened")
async def timeline(
    customer_id: CustomerId, filters: TimelineFilters, paging: Annotated[Paging, BY_TIME], call: Call[ProfilesWork]
) -> Page[TimelineEntry]:
    """Contacts, complaints, surveys and consents by the time when they happened, the newest first. What only shows how the
    product works is left out; `internal=true` shows it as well."""
    return (await call.read(find_entries, customer_id, filters, paging)).map(_line)


def _line(row: Any) -> TimelineEntry:
    line = TimelineEntry.model_validate(row)
    return line if row.number is None else line.model_copy(update={"summary": {**line.summary, "number": row.number}})
