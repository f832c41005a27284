"""Customers over HTTP, and how much of a profile a level sees (S113): below level 4 everything personal is masked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import Field
from rapport_chassis.figures import measured
from rapport_chassis.vault import Erased
from rapport_chassis.web import Call, Kind, Masked, Resource, Router, Scope, View, personal
from rapport_chassis.web.operations import On
from rapport_chassis.web.values import acted_on, known
from rapport_chassis.web.views import Allowed, shown_as
from rapport_contracts.fields import CustomerId, UtcTime
from rapport_contracts.figures import Figure
from rapport_contracts.profiles.figures import COMPLETENESS
from rapport_contracts.profiles.vocabulary import CustomerKind, LifecycleStage
from rapport_kernel.errors import NotFound, PreconditionRequired, VersionConflict

from rapport_profiles.customers import usecases
from rapport_profiles.customers.domain import CUSTOMER_LIFE, Customer
from rapport_profiles.customers.store import BY_REGISTRATION, CustomerFilters, Customers
from rapport_profiles.customers.usecases import (
    Card,
    Correction,
    CustomerIds,
    Gender,
    NewCustomer,
    Profile,
    StageChange,
    StageMove,
    cards_of,
)
from rapport_profiles.identifiers.domain import CONTACT_POINTS
from rapport_profiles.identifiers.store import StoredIdentifier, is_unverified
from rapport_profiles.identifiers.usecases import NewIdentifier
from rapport_profiles.identifiers.web import IDENTIFIES, IdentifierView, identifier_view
from rapport_profiles.work import ProfilesWork

READ = Scope("profiles:read")
WRITE = Scope("profiles:write", level=2)
CUSTOMER, NAMES = "/customers/{customer_id}", ("customer", "customers")
TRAIT = personal(Kind.TRAIT)
router = Router(tags=["customers"], about="Customers: register, recognise, read and correct them, and their timeline.")
identifiers = Router(
    prefix=f"{CUSTOMER}/identifiers",
    tags=["identifiers"],
    about="Phone numbers, addresses and other things that a customer is known by.",
)


class PersonalView(View):
    """Name and attributes (S5, S6). Level 3 sees a masked name, the year of birth and the rest; below only a masked name."""

    name: Annotated[str | None, personal(Kind.NAME)] = Field(default=None, examples=["张*明"])
    birth_date: Annotated[str | None, personal(Kind.BIRTH_DATE)] = Field(default=None, examples=["1985-**-**"])
    gender: Annotated[str | None, known(Gender), TRAIT] = None
    occupation: Annotated[str | None, TRAIT] = None
    spending_habits: Annotated[list[str], TRAIT] = Field(default_factory=list)
    preferences: Annotated[list[str], TRAIT] = Field(default_factory=list)
    interests: Annotated[list[str], TRAIT] = Field(default_factory=list)
    purchase_intent: Annotated[str | None, TRAIT] = None


class CustomerSummary(View):
    """A customer without anything personal."""

    id: UUID
    version: int
    updated_at: UtcTime = Field(description="When it was last written.")
    kind: Annotated[str, known(CustomerKind)] = Field(examples=["individual"])
    stage: Annotated[str, known(LifecycleStage)] = Field(examples=["prospect"])
    source: str = Field(examples=["genesys-hangzhou"])
    registered_at: datetime
    allowed: Annotated[Allowed, acted_on(Customer)]


class CustomerChanged(CustomerSummary):
    """The answer to a command: no personal data, the new version, and the moves that the stage has now."""

    stage_moves: Annotated[list[str], known(StageMove)] = Field(
        description="What `move` of `:change-stage` can be in this stage.", examples=[["show-interest", "activate"]]
    )


class ContactPointView(View):
    """Where the customer is reached first: what was verified before what was not, a phone before an address."""

    kind: Annotated[str, known(sorted(CONTACT_POINTS), name="identifier-kind")] = Field(examples=["phone"])
    value: Annotated[str, IDENTIFIES] = Field(examples=["+86138****0001"])
    verified: bool
    masked_as_one: ClassVar = True


class DisplayView(View):
    """Who it is, for a list. Null: not known, or erased."""

    name: Annotated[str | None, personal(Kind.NAME)] = Field(examples=["张*明"])
    member_number: Annotated[str | None, personal(Kind.NUMBER)] = Field(examples=["****0042"])
    contact: ContactPointView | None


class CustomerCard(CustomerSummary):
    """A customer as lists show them, as the caller's level may see it."""

    display: DisplayView
    masked: Masked


class AskedCustomer(CustomerCard):
    """A customer who was asked for. `asked` is the id that was sent: it differs from `id` when they were merged into another
    one, who is shown then."""

    asked: UUID


class CustomersView(View):
    """`items` are in the order of the ids that were asked for; `missing` are those of whom nothing is there."""

    items: list[AskedCustomer]
    missing: list[UUID]


class CustomerView(CustomerChanged):
    """The whole profile, as the caller's level may see it."""

    masked: Masked
    personal: PersonalView
    identifiers: list[IdentifierView]


class CompletenessView(View):
    """Filled required fields over required ones (S7), by kind and stage."""

    completeness: Figure
    required: list[str] = Field(examples=[["name", "contact_point"]])
    missing: list[str] = Field(examples=[["name"]])


changed_view = shown_as(CustomerChanged)
summary_view = shown_as(CustomerSummary)


def customer_view(profile: Profile, call: Call[Any]) -> CustomerView:
    """The profile, in clear: it is masked for who reads it."""
    return CustomerView(
        **changed_view(profile.customer, call).model_dump(),
        personal=PersonalView.model_validate(profile.personal.as_document()),
        identifiers=[identifier_view(stored, value, call) for stored, value in profile.identifiers],
    )


def card_view(card: Card, call: Call[Any]) -> CustomerCard:
    """What a list shows the caller of a customer."""
    summary = summary_view(card.customer, call)
    return CustomerCard(**summary.model_dump(), display=display_view(card))


def display_view(card: Card) -> DisplayView:
    """Who it is, in clear."""
    contact = None
    if card.contact is not None:
        stored, value = card.contact
        contact = ContactPointView(kind=stored.kind, value=value or "", verified=stored.verified_at is not None)
    return DisplayView(
        name=card.name,
        member_number=card.member_number,
        contact=contact,
    )


async def listed(call: Call[ProfilesWork], rows: Sequence[Any]) -> list[CustomerCard]:
    """The rows of a page, shown."""
    return [card_view(card, call) for card in await call.run(cards_of, rows)]


@router.post(
    "/customers",
    allow=WRITE,
    errors=["nothing-known", "bad-identifier", "identifier-taken"],
    status=201,
    summary="Register a customer",
)
async def register(body: NewCustomer, call: Call[ProfilesWork]) -> CustomerChanged:
    """A new customer. 409 `identifier-taken` when an identifier belongs to another; `/customers:resolve` finds that one."""
    customer = await call.run(usecases.register_customer, body)
    return changed_view(customer, call)


Resource(router, CUSTOMER, NAMES, CustomerSummary, Customers, read=READ).lists(
    CustomerFilters,
    BY_REGISTRATION,
    (
        "list_all",
        "List customers",
        "The newest first; name, member number and main contact masked below level 4. Each page is audited once for all.",
    ),
    showing=listed,
)


@router.post("/customers:batch-get", allow=READ, summary="Read what lists show of many customers")
async def batch_get(body: CustomerIds, call: Call[ProfilesWork]) -> CustomersView:
    """Up to 200 customers at once, for lists of things that have a `customer_id`. Masked below level 4; audited once with
    the level and the customers. It changes nothing: an Idempotency-Key is not needed."""
    found = await call.run(usecases.show_customers, body.ids)
    items = [AskedCustomer(**card_view(found[one], call).model_dump(), asked=one) for one in body.ids if one in found]
    return CustomersView(items=items, missing=[one for one in dict.fromkeys(body.ids) if one not in found])


@router.get(CUSTOMER, allow=READ, errors=[NotFound], summary="Read a profile")
async def show(customer_id: CustomerId, call: Call[ProfilesWork]) -> CustomerView:
    """Masked below level 4. Each read is audited with the level."""
    return customer_view(await call.run(usecases.show_customer, customer_id), call)


@router.patch(
    CUSTOMER,
    allow=WRITE,
    errors=[NotFound, VersionConflict, PreconditionRequired, Erased],
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
    "",
    allow=WRITE,
    status=201,
    errors=[NotFound, VersionConflict, Erased, "bad-identifier", "identifier-taken"],
    summary="Add an identifier",
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
