"""Customers over HTTP, and how much of a profile a level sees (S113): below level 4 everything personal is masked."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.figures import measured
from rapport_chassis.security.masking import mask_name
from rapport_chassis.vault import Erased
from rapport_chassis.web import Call, Level, Resource, Router, Scope, View
from rapport_chassis.web.operations import On
from rapport_chassis.web.views import Allowed, shown_as
from rapport_contracts.fields import CustomerId
from rapport_contracts.figures import Figure
from rapport_contracts.profiles.figures import COMPLETENESS
from rapport_kernel.errors import Conflict, Invalid, NotFound, PreconditionRequired, VersionConflict

from rapport_profiles.customers import usecases
from rapport_profiles.customers.domain import CUSTOMER_LIFE, Customer, PersonalPart
from rapport_profiles.customers.store import BY_REGISTRATION, CustomerFilters, Customers
from rapport_profiles.customers.usecases import Correction, NewCustomer, Profile, StageChange
from rapport_profiles.identifiers.store import StoredIdentifier, is_unverified
from rapport_profiles.identifiers.usecases import NewIdentifier
from rapport_profiles.identifiers.web import IdentifierView, identifier_view
from rapport_profiles.work import ProfilesWork

READ = Scope("profiles:read")
WRITE = Scope("profiles:write", level=2)
CUSTOMER, NAMES = "/customers/{customer_id}", ("customer", "customers")
router = Router(tags=["customers"])
identifiers = Router(prefix=f"{CUSTOMER}/identifiers", tags=["identifiers"])


class PersonalView(View):
    """Name and attributes (S5, S6). Level 3 sees a masked name, the year of birth and the rest; below only a masked name."""

    name: str | None = Field(default=None, examples=["张*明"])
    birth_date: str | None = Field(default=None, examples=["1985-**-**"])
    gender: str | None = None
    occupation: str | None = None
    spending_habits: list[str] = Field(default_factory=list)
    preferences: list[str] = Field(default_factory=list)
    interests: list[str] = Field(default_factory=list)
    purchase_intent: str | None = None


class CustomerSummary(View):
    """A customer without anything personal."""

    id: UUID
    version: int
    kind: str = Field(examples=["individual"])
    stage: str = Field(examples=["prospect"])
    source: str = Field(examples=["genesys-hangzhou"])
    registered_at: datetime
    allowed: Allowed


class CustomerChanged(CustomerSummary):
    """The answer to a command: no personal data, the new version, and the moves that the stage has now."""

    stage_moves: list[str] = Field(
        description="What `move` of `:change-stage` can be in this stage.", examples=[["show-interest", "activate"]]
    )


class CustomerView(CustomerChanged):
    """The whole profile, as the caller's level may see it."""

    masked: bool = Field(description="Whether something is masked or hidden for this caller.")
    personal: PersonalView
    identifiers: list[IdentifierView]


class CompletenessView(View):
    """Filled required fields over required ones (S7), by kind and stage."""

    completeness: Figure
    required: list[str] = Field(examples=[["name", "contact_point"]])
    missing: list[str] = Field(examples=[["name"]])


changed_view = shown_as(CustomerChanged, Customer)


def customer_view(profile: Profile, call: Call[Any]) -> CustomerView:
    """The profile for the level of the caller."""
    level = call.actor.level
    return CustomerView(
        **changed_view(profile.customer, call).model_dump(),
        masked=level < Level.CLEAR,
        personal=personal_view(profile.personal, level),
        identifiers=[identifier_view(stored, value, call) for stored, value in profile.identifiers],
    )


def personal_view(personal: PersonalPart, level: int) -> PersonalView:
    """The personal part for a level."""
    name = None if personal.name is None else mask_name(personal.name, level)
    if level < Level.PARTIAL:
        return PersonalView(name=name)
    document: dict[str, Any] = personal.as_document() | {"name": name}
    if level < Level.CLEAR and personal.birth_date is not None:
        document["birth_date"] = f"{personal.birth_date.year}-**-**"
    return PersonalView.model_validate(document)


@router.post("/customers", allow=WRITE, errors=[Conflict, Invalid], status=201, summary="Register a customer")
async def register(body: NewCustomer, call: Call[ProfilesWork]) -> CustomerChanged:
    """A new customer. 409 `identifier-taken` when an identifier belongs to another; `/customers:resolve` finds that one."""
    customer = await call.run(usecases.register_customer, body)
    call.headers["Location"] = f"/profiles/v1/customers/{customer.id}"
    return changed_view(customer, call)


Resource(router, CUSTOMER, NAMES, CustomerSummary, Customers, read=READ).lists(
    CustomerFilters,
    BY_REGISTRATION,
    (
        "list_all",
        "List customers",
        "By time of registration, the newest first. Nothing personal; use `/customers:resolve` to find by phone or e-mail.",
    ),
)


@router.get(CUSTOMER, allow=READ, errors=[NotFound], summary="Read a profile")
async def show(customer_id: CustomerId, call: Call[ProfilesWork]) -> CustomerView:
    """Masked below level 4. Each read is audited with the level."""
    return customer_view(await call.run(usecases.show_customer, customer_id), call)


@router.patch(
    CUSTOMER,
    allow=WRITE,
    errors=[NotFound, Invalid, VersionConflict, PreconditionRequired, Erased],
    demand_version=True,
    summary="Correct a profile",
)
async def correct(customer_id: CustomerId, body: Correction, call: Call[ProfilesWork]) -> CustomerChanged:
    """A field that is not sent stays, null clears it. `If-Match` must carry the version that was read."""
    return changed_view(await call.run(usecases.correct_customer, customer_id, body), call)


of = Resource(router, CUSTOMER, NAMES, CustomerChanged, Customers, read=READ)
of.history()
of.verifies()
of.step(
    "change-stage",
    Customer.change_stage,
    StageChange,
    WRITE,
    "Move a customer to another stage",
    "A move of the table `customer` (`GET /profiles/v1/state-machines`); the customer has those that fit as `stage_moves`.",
    Erased,
    name="move",
    moves=CUSTOMER_LIFE.called,
)


@router.get(f"{CUSTOMER}/completeness", allow=READ, errors=[NotFound], summary="How complete a profile is")
async def complete(customer_id: CustomerId, call: Call[ProfilesWork]) -> CompletenessView:
    """Filled required fields over required ones; `missing` in the order in which to ask for them."""
    found = await call.read(usecases.measure_completeness, customer_id)
    figure = measured(COMPLETENESS, found.percent, len(found.required), (await call.work()).now)
    return CompletenessView(completeness=figure, required=list(found.required), missing=list(found.missing))


@identifiers.post(
    "", allow=WRITE, status=201, errors=[NotFound, Invalid, Conflict, VersionConflict, Erased], summary="Add an identifier"
)
async def add(customer_id: CustomerId, body: NewIdentifier, call: Call[ProfilesWork]) -> CustomerChanged:
    """The customer is known by it from now on. 409 `identifier-taken` when it belongs to any customer already."""
    return changed_view(await call.run(usecases.add_identifier, customer_id, body), call)


@identifiers.post(
    "/{identifier_id}:verify",
    allow=WRITE,
    errors=[NotFound, VersionConflict],
    summary="Verify an identifier",
    on=On(StoredIdentifier, when=is_unverified),
)
async def verify(customer_id: CustomerId, identifier_id: UUID, call: Call[ProfilesWork]) -> CustomerChanged:
    """Records that it was checked and is the customer's (S18). Doing it twice changes nothing."""
    return changed_view(await call.run(usecases.verify_identifier, customer_id, identifier_id), call)


@identifiers.delete("/{identifier_id}", allow=WRITE, errors=[NotFound, VersionConflict], summary="Remove an identifier")
async def remove(customer_id: CustomerId, identifier_id: UUID, call: Call[ProfilesWork]) -> CustomerChanged:
    """The customer is no longer known by it; it may become another customer's."""
    return changed_view(await call.run(usecases.remove_identifier, customer_id, identifier_id), call)
