"""Customers: register, find, read, correct, move, measure; and their timeline."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field
from rapport_chassis.bodies import Params
from rapport_chassis.lists import Page, Paging
from rapport_chassis.vault import Erased
from rapport_chassis.web import Call, Router, Scope
from rapport_contracts.fields import CustomerId
from rapport_contracts.figures import Figure
from rapport_contracts.profiles.vocabulary import CustomerKind, LifecycleStage
from rapport_kernel.errors import Conflict, Invalid, NotAllowed, NotFound, PreconditionRequired, VersionConflict

from rapport_profiles.domain import completeness
from rapport_profiles.domain.timeline import ENTRY_KINDS
from rapport_profiles.store import lists
from rapport_profiles.store.work import ProfilesWork
from rapport_profiles.usecases.correct_customer import change_stage, correct_customer
from rapport_profiles.usecases.find_customer import find_customer
from rapport_profiles.usecases.register_customer import register_customer
from rapport_profiles.usecases.show_customer import measure_completeness, show_customer
from rapport_profiles.web.bodies import Correction, Lookup, NewCustomer, StageChange
from rapport_profiles.web.views import (
    CustomerChanged,
    CustomerSummary,
    CustomerView,
    changed_view,
    customer_view,
)

router = Router(tags=["customers"])
READ = Scope("profiles:read")
WRITE = Scope("profiles:write", level=2)


class CustomerFilter(Params):
    """Filters of the list of customers."""

    stage: LifecycleStage | None = Field(default=None, description="Only customers in this stage.")
    kind: CustomerKind | None = Field(default=None, description="Only customers of this kind.")


class TimelineFilter(Params):
    """Filters of a timeline."""

    kind: list[str] | None = Field(default=None, description=f"Only lines of these kinds: {', '.join(ENTRY_KINDS)}.")


class LookupReason(BaseModel):
    """What one identifier said: `matched`, `unknown`, `blocked` or `unusable`; in the order of the request."""

    kind: str = Field(examples=["phone"])
    outcome: str = Field(examples=["matched"])
    customer_id: UUID | None


class LookupAnswer(BaseModel):
    """`match` names the customer; `ambiguous` names all candidates: nobody is guessed."""

    outcome: str = Field(examples=["match"])
    customer_id: UUID | None
    candidates: list[UUID]
    reasons: list[LookupReason]


class CompletenessView(BaseModel):
    """Filled required fields over required ones (S7), by kind and stage."""

    completeness: Figure
    required: list[str] = Field(examples=[["name", "contact_point"]])
    missing: list[str] = Field(examples=[["name"]])


class TimelineEntry(BaseModel):
    """One event. `summary` holds codes and numbers only; `subject_id` is the contact, complaint or survey it is about."""

    event_id: UUID
    type: str = Field(examples=["interaction.completed.v1"])
    kind: str = Field(examples=["interaction"])
    subject_id: UUID
    occurred_at: datetime
    summary: dict[str, Any] = Field(examples=[{"channel": "phone", "outcome": "answered"}])


@router.post("/customers", allow=WRITE, errors=[Conflict, Invalid], status=201, summary="Register a customer")
async def register(body: NewCustomer, call: Call[ProfilesWork]) -> CustomerChanged:
    """A new customer. 409 `identifier-taken` when an identifier belongs to somebody; find him with `/customers:resolve`."""
    customer = await call.run(
        register_customer,
        kind=body.kind,
        stage=body.stage,
        source=body.source,
        personal=body.personal.part(),
        identifiers=[one.given() for one in body.identifiers],
    )
    call.headers["Location"] = f"/profiles/v1/customers/{customer.id}"
    return changed_view(customer)


@router.get("/customers", allow=READ, errors=[Invalid], summary="List customers")
async def list_all(filters: CustomerFilter, paging: Paging, call: Call[ProfilesWork]) -> Page[CustomerSummary]:
    """By time of registration, the newest first. Nothing personal; to find by phone or mail use `/customers:resolve`."""
    chosen = filters.model_dump()
    rows = await call.read(lists.list_customers, paging, chosen)
    return lists.CUSTOMERS.page(rows, paging, chosen, lambda row: CustomerSummary.model_validate(row, from_attributes=True))


@router.post("/customers:resolve", allow=READ, errors=[Invalid], summary="Find a customer by identifiers")
async def resolve(body: Lookup, call: Call[ProfilesWork]) -> LookupAnswer:
    """Match, none or ambiguous, with a reason for each identifier. A POST, because identifiers never stand in a URL."""
    answer = await call.run(find_customer, [one.given() for one in body.identifiers])
    return LookupAnswer(
        outcome=answer.outcome,
        customer_id=answer.candidates[0] if answer.outcome == "match" else None,
        candidates=list(answer.candidates),
        reasons=[LookupReason(kind=r.kind, outcome=r.outcome, customer_id=r.customer_id) for r in answer.reasons],
    )


@router.get("/customers/{customer_id}", allow=READ, errors=[NotFound], summary="Read a profile")
async def show(customer_id: CustomerId, call: Call[ProfilesWork]) -> CustomerView:
    """Masked below level 4. Each read is audited with the level."""
    return customer_view(await call.run(show_customer, customer_id), call.actor.level)


@router.patch(
    "/customers/{customer_id}",
    allow=WRITE,
    errors=[NotFound, Invalid, VersionConflict, PreconditionRequired, Erased],
    demand_version=True,
    summary="Correct a profile",
)
async def correct(customer_id: CustomerId, body: Correction, call: Call[ProfilesWork]) -> CustomerChanged:
    """What is not sent stays, null forgets. `If-Match` must carry the version that was read."""
    return changed_view(await call.run(correct_customer, customer_id, body.changes(), kind=body.kind))


@router.post(
    "/customers/{customer_id}:change-stage",
    allow=WRITE,
    errors=[NotFound, NotAllowed, VersionConflict],
    summary="Move a customer to another stage",
)
async def move(customer_id: CustomerId, body: StageChange, call: Call[ProfilesWork]) -> CustomerChanged:
    """A move of the table `customer` (`GET /profiles/v1/state-machines`). 409 names the moves that are possible."""
    return changed_view(await call.run(change_stage, customer_id, body.move.value, body.reason))


@router.get("/customers/{customer_id}/completeness", allow=READ, errors=[NotFound], summary="How complete a profile is")
async def complete(customer_id: CustomerId, call: Call[ProfilesWork]) -> CompletenessView:
    """Filled required fields over required ones; `missing` in the order in which to ask for them."""
    measured = await call.read(measure_completeness, customer_id)
    figure = Figure(
        value=measured.percent,
        n=len(measured.required),
        unit="percent",
        definition=completeness.DEFINITION,
        definition_version=completeness.DEFINITION_VERSION,
        as_of=(await call.work()).now,
    )
    return CompletenessView(completeness=figure, required=list(measured.required), missing=list(measured.missing))


@router.get("/customers/{customer_id}/timeline", allow=READ, errors=[NotFound, Invalid], summary="Everything that happened")
async def timeline(
    customer_id: CustomerId, filters: TimelineFilter, paging: Paging, call: Call[ProfilesWork]
) -> Page[TimelineEntry]:
    """Contacts, complaints, surveys, consents by the time when they happened. `sort=occurred_at`: the oldest first."""
    chosen = filters.model_dump()
    rows = await call.read(lists.list_timeline, customer_id, paging, chosen)
    return lists.TIMELINE.page(rows, paging, chosen, lambda row: TimelineEntry.model_validate(row, from_attributes=True))
