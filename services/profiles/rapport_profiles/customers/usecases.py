"""Register, show and correct customers (S3, S5, S7), and keep what they are known by (S18)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints
from rapport_chassis.bodies import Body
from rapport_chassis.commands import Command, act_of, load_for_command
from rapport_chassis.customers import present
from rapport_chassis.lists import LIMIT
from rapport_chassis.vault import Box
from rapport_contracts.profiles.customers import CustomerErasureRequested
from rapport_contracts.profiles.vocabulary import CustomerKind, LifecycleStage
from rapport_contracts.vocabulary import IdentifierKind
from rapport_kernel.errors import Conflict, Invalid
from rapport_kernel.ids import new_id

from rapport_profiles.customers.domain import (
    CONTACT_POINT,
    CUSTOMER_LIFE,
    VERIFIED_CONTACT_POINT,
    Completeness,
    Customer,
    PersonalPart,
    measure,
)
from rapport_profiles.customers.store import Customers, open_personal, seal_personal
from rapport_profiles.identifiers.domain import CONTACT_POINTS
from rapport_profiles.identifiers.store import Claim, Identifiers, StoredIdentifier
from rapport_profiles.identifiers.usecases import NewIdentifier, Source, usable_identifiers
from rapport_profiles.work import ProfilesWork

Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Words = Annotated[list[Short], Field(max_length=50)]
"""Longer than the code that other commands take: front ends have always sent a sentence here."""
StageMove = StrEnum("StageMove", {move.name.replace("-", "_").upper(): move.name for move in CUSTOMER_LIFE.moves})  # type: ignore[misc]


class Gender(StrEnum):
    """As the customer states it."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


class PurchaseIntent(StrEnum):
    """How likely a purchase is (S6)."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class PersonalBody(Body):
    """Name and attributes (S5, S6)."""

    name: Short | None = Field(default=None, repr=False, examples=["张小明"])
    birth_date: date | None = Field(default=None, repr=False, examples=["1985-06-01"])
    gender: Gender | None = Field(default=None, repr=False)
    occupation: Short | None = Field(default=None, repr=False, examples=["教师"])
    spending_habits: Words | None = Field(default=None, repr=False)
    preferences: Words | None = Field(default=None, repr=False, examples=[["evening calls"]])
    interests: Words | None = Field(default=None, repr=False)
    purchase_intent: PurchaseIntent | None = None

    def put_into(self, personal: PersonalPart) -> PersonalPart:
        """`personal` with the fields that were sent."""
        sent = {name: getattr(self, name) for name in PersonalBody.model_fields if name in self.model_fields_set}
        lists: dict[str, Any] = {name: tuple(sent[name] or ()) for name in sent.keys() & PersonalPart.LISTS}
        return replace(personal, **(sent | lists))


class NewCustomer(Body):
    """A customer to register. At least one identifier, a name or an attribute."""

    kind: CustomerKind = CustomerKind.UNKNOWN
    stage: LifecycleStage = LifecycleStage.PROSPECT
    source: Source = "manual"
    personal: PersonalBody = Field(default_factory=PersonalBody)
    identifiers: Annotated[list[NewIdentifier], Field(max_length=20)] = Field(default_factory=list)


class Correction(Command):
    """The fields to change; a field that is not sent stays, null clears it."""

    kind: CustomerKind | None = None
    personal: PersonalBody = Field(default_factory=PersonalBody)


class CustomerIds(Body):
    """Which customers; what stands in a list beside their ids, for example."""

    ids: Annotated[list[UUID], Field(min_length=1, max_length=LIMIT)]


class StageChange(Command):
    """A move of the customer's life; `GET /profiles/v1/state-machines` has the table."""

    move: StageMove = Field(examples=["show-interest"])


@dataclass(frozen=True, slots=True)
class Profile:
    """A customer in clear. The web decides what a caller may see of it."""

    customer: Customer
    personal: PersonalPart
    identifiers: list[tuple[StoredIdentifier, str | None]]


@dataclass(frozen=True, slots=True)
class Card:
    """What a list shows of a customer, in clear: the web decides what a caller may see of it. `contact` is the first of the
    identifiers of its customer under which they can be reached."""

    customer: Any
    name: str | None
    member_number: str | None
    contact: tuple[StoredIdentifier, str] | None


async def register_customer(work: ProfilesWork, command: NewCustomer) -> Customer:
    """A new customer with these identifiers and attributes. Publishes customer.registered (and contact-point.verified).

    Raises Invalid for identifiers that are blocked or unusable and for an empty customer;
    Conflict `identifier-taken` when one of them belongs to another customer.
    """
    given, personal = command.identifiers, command.personal.put_into(PersonalPart())
    if not given and not personal.filled:
        raise Invalid("nothing-known")
    identifiers, usable = work.store(Identifiers), usable_identifiers(work, given)
    customer = Customer.register(new_id(), kind=command.kind, stage=command.stage, source=command.source, now=work.now)
    customer.log_registration(await act_of(work, customer, Command()))
    box = await work.vault.open_for([customer.id])
    by = str(work.actor)
    claims = {
        token.index: Claim(customer.id, token, one.source or command.source, by if one.verified else None)
        for token, one in zip(identifiers.tokens(usable), given, strict=True)
    }
    # The unique index knows rows under the newest index key only; a lookup finds those under older keys.
    known = await identifiers.ownership(claim.token for claim in claims.values())
    if known.owners or not await identifiers.claim(list(claims.values()), box):
        raise Conflict("identifier-taken")
    customer.fill(seal_personal(box, customer.id, personal), personal.filled)
    for claim in claims.values():
        if claim.verified_by:
            customer.verify_contact_point(claim.token.identifier.kind, work.now)
    return work.store(Customers).add(customer)


async def show_customer(work: ProfilesWork, customer_id: UUID) -> Profile:
    """The profile. Raises NotFound. Audited with the level of the reader (S113, S115)."""
    customer = await work.store(Customers).get(customer_id)
    found = await work.store(Identifiers).of(customer_id)
    box = await work.vault.open_for({customer_id, *(one.keyed_by for one in found)}, create=False)
    await work.audit("customer.read", f"customer:{customer_id}", detail={"level": work.actor.level})
    return Profile(customer, open_personal(box, customer), [(one, one.value(box)) for one in found])


async def show_customers(work: ProfilesWork, ids: Sequence[UUID]) -> dict[UUID, Card]:
    """What a list shows of these customers, by the id that was asked for; who was merged into another one is that other one,
    and who is not there is left out. Five statements, whatever their number; one audit row for all."""
    roots = await present(work, ids)
    found = await work.store(Customers).get_many(roots.values())
    cards = {card.customer.id: card for card in await cards_of(work, list(found.values()))}
    return {one: cards[roots[one]] for one in ids if roots[one] in cards}


async def cards_of(work: ProfilesWork, customers: Sequence[Any]) -> list[Card]:
    """The cards of customers, or of their rows, in their order. Audited with the level of the reader (S113, S115)."""
    if not customers:
        return []
    ids = [each.id for each in customers]
    identifiers = await work.store(Identifiers).shown_of(ids)
    keys = {one.keyed_by for known in identifiers.values() for one in known}
    box = await work.vault.open_for({*ids, *keys}, create=False)
    await work.audit_many("customer.read", "customer", ids, detail={"level": work.actor.level})
    return [_card(box, each, identifiers.get(each.id, [])) for each in customers]


def _card(box: Box, customer: Any, known: Sequence[StoredIdentifier]) -> Card:
    numbers = (one.value(box) for one in known if one.kind is IdentifierKind.MEMBER_NUMBER)
    contacts = ((one, one.value(box)) for one in known if one.kind in CONTACT_POINTS)
    contact = next(((one, value) for one, value in contacts if value is not None), None)
    return Card(customer, open_personal(box, customer).name, next(numbers, None), contact)


async def measure_completeness(work: ProfilesWork, customer_id: UUID) -> Completeness:
    """How complete the entry is (S7), from which fields are filled, not from what they hold. Raises NotFound."""
    customer = await work.store(Customers).get(customer_id)
    points = [one for one in await work.store(Identifiers).of(customer_id) if one.kind in CONTACT_POINTS]
    filled = {*customer.filled}
    if points:
        filled.add(CONTACT_POINT)
    if any(one.verified_at is not None for one in points):
        filled.add(VERIFIED_CONTACT_POINT)
    return measure(customer.kind, customer.state, filled)


async def correct_customer(work: ProfilesWork, customer_id: UUID, command: Correction) -> Customer:
    """Change fields of the profile. Publishes customer.corrected with the names of those that differ now.

    Raises NotFound, VersionConflict, Invalid, Erased.
    """
    customer, act = await load_for_command(work, Customers, customer_id, command)
    box = await work.vault.open_for([customer_id])
    before = open_personal(box, customer)
    after = command.personal.put_into(before)
    changed = [*before.changed(after)]
    if changed:
        customer.fill(seal_personal(box, customer_id, after), after.filled)
    if command.kind is not None and command.kind != customer.kind:
        customer.kind = command.kind
        changed.append("kind")
    customer.correct(act, changed)
    return customer


async def ask_to_forget(work: ProfilesWork, customer_id: UUID, requested_by: str, reason: str) -> UUID:
    """The customer is to be forgotten (PIPL 47): every service follows customer-erasure.requested, which is signed.
    `requested_by` is an opaque id, `reason` a code; both go into the audit trail of each service. Returns the id of the
    erasure. Raises NotFound."""
    customer = await work.store(Customers).get(customer_id, for_update=True)
    asked = CustomerErasureRequested(
        customer_id=customer_id, erasure_id=new_id(), requested_at=work.now, requested_by=requested_by, reason=reason
    )
    customer.record(asked)
    detail = {"erasure": str(asked.erasure_id), "requested_by": requested_by}
    await work.audit("customer.erasure-requested", f"customer:{customer_id}", reason=reason, detail=detail)
    return asked.erasure_id


async def add_identifier(work: ProfilesWork, customer_id: UUID, command: NewIdentifier) -> Customer:
    """Another identifier of the customer. Publishes customer.corrected (and contact-point.verified).

    Raises NotFound, Invalid, VersionConflict; Conflict `identifier-taken` when any customer, this one included, has it.
    """
    identifiers = work.store(Identifiers)
    [token] = identifiers.tokens(usable_identifiers(work, [command]))
    box = await work.vault.open_for([customer_id])
    known = await identifiers.ownership([token])
    claim = Claim(customer_id, token, command.source or "manual", str(work.actor) if command.verified else None)
    if known.owners or not await identifiers.claim([claim], box):
        raise Conflict("identifier-taken")
    customer, act = await load_for_command(work, Customers, customer_id, Command())
    customer.add_identifier(act, token.identifier.kind, verified=command.verified)
    return customer


async def verify_identifier(work: ProfilesWork, customer_id: UUID, identifier_id: UUID) -> Customer:
    """Mark an identifier as checked. Publishes contact-point.verified, once. Raises NotFound, VersionConflict."""
    kind, newly = await work.store(Identifiers).verify(customer_id, identifier_id, str(work.actor))
    customer, act = await load_for_command(work, Customers, customer_id, Command())
    if newly:
        customer.verify_identifier(act, kind, identifier_id)
    return customer


async def remove_identifier(work: ProfilesWork, customer_id: UUID, identifier_id: UUID) -> Customer:
    """Delete an identifier of the customer. Publishes customer.corrected. Raises NotFound, VersionConflict."""
    kind = await work.store(Identifiers).remove(customer_id, identifier_id)
    customer, act = await load_for_command(work, Customers, customer_id, Command())
    customer.remove_identifier(act, kind, identifier_id)
    return customer
