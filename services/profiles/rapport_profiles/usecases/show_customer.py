"""Read a profile; who read it, and at which level, is audited (S113, S115)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from rapport_profiles.domain.completeness import (
    CONTACT_POINT,
    VERIFIED_CONTACT_POINT,
    Completeness,
    measure,
)
from rapport_profiles.domain.customer import Customer, PersonalPart
from rapport_profiles.domain.identifiers import CONTACT_POINTS
from rapport_profiles.store.customers import open_personal
from rapport_profiles.store.identifiers import KnownIdentifier
from rapport_profiles.store.work import ProfilesWork


@dataclass(frozen=True, slots=True)
class Profile:
    """A customer in clear. What a caller may see of it is decided where it is shown."""

    customer: Customer
    personal: PersonalPart
    identifiers: list[tuple[KnownIdentifier, str | None]]


async def show_customer(work: ProfilesWork, customer_id: UUID) -> Profile:
    """The profile. Raises NotFound. Audited for every level, with the level."""
    customer = await work.customers.get(customer_id)
    found = await work.identifiers.of(customer_id)
    box = await work.vault.open_for({customer_id, *(one.keyed_by for one in found)}, create=False)
    await work.audit("customer.read", f"customer:{customer_id}", detail={"level": work.actor.level})
    return Profile(customer, open_personal(box, customer), [(one, one.value(box)) for one in found])


async def measure_completeness(work: ProfilesWork, customer_id: UUID) -> Completeness:
    """How complete the entry is (S7). Raises NotFound. Looks at which fields are filled, not at what they hold."""
    customer = await work.customers.get(customer_id)
    points = [one for one in await work.identifiers.of(customer_id) if one.kind in CONTACT_POINTS]
    filled = {*customer.filled}
    if points:
        filled.add(CONTACT_POINT)
    if any(one.verified_at is not None for one in points):
        filled.add(VERIFIED_CONTACT_POINT)
    return measure(customer.kind, customer.state, filled)
