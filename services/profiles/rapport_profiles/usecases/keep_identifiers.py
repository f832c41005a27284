"""Add, verify and remove what a customer is known by (S18)."""

from __future__ import annotations

from uuid import UUID

from rapport_kernel.errors import Conflict

from rapport_profiles.domain.customer import Customer
from rapport_profiles.domain.identifiers import CONTACT_POINTS
from rapport_profiles.store.identifiers import Claim
from rapport_profiles.store.work import ProfilesWork
from rapport_profiles.usecases.register_customer import GivenIdentifier, usable_identifiers


async def add_identifier(work: ProfilesWork, customer_id: UUID, given: GivenIdentifier) -> Customer:
    """The customer is known by this, too. Publishes customer.corrected (and contact-point.verified).

    Raises NotFound, Invalid, VersionConflict; Conflict `identifier-taken` when it belongs to somebody, be it himself.
    """
    [token] = work.identifiers.tokens(usable_identifiers(work, [given]))
    box = await work.vault.open_for([customer_id])
    by = str(work.actor) if given.verified else None
    book = await work.identifiers.book([token])
    claim = Claim(customer_id, token, given.source or "manual", by)
    if book.owners or not await work.identifiers.claim([claim], box):
        raise Conflict("identifier-taken", "This identifier belongs to a customer already.")
    customer = await work.customers.get(customer_id, for_update=True)
    customer.correct(["identifiers"], work.now)
    if by and token.identifier.kind in CONTACT_POINTS:
        customer.verify_contact_point(token.identifier.kind, work.now)
    await work.audit("identifier.add", f"customer:{customer_id}", detail={"kind": token.identifier.kind})
    return customer


async def verify_identifier(work: ProfilesWork, customer_id: UUID, identifier_id: UUID) -> Customer:
    """Somebody checked that it is his. Publishes contact-point.verified, once. Raises NotFound, VersionConflict."""
    kind, newly = await work.identifiers.verify(customer_id, identifier_id, str(work.actor))
    customer = await work.customers.get(customer_id, for_update=True)
    if newly:
        customer.verify_contact_point(kind, work.now)
        await work.audit("identifier.verify", f"customer:{customer_id}", detail={"identifier": str(identifier_id)})
    return customer


async def remove_identifier(work: ProfilesWork, customer_id: UUID, identifier_id: UUID, reason: str | None) -> Customer:
    """He is no longer known by it. Publishes customer.corrected. Raises NotFound, VersionConflict."""
    kind = await work.identifiers.remove(customer_id, identifier_id)
    customer = await work.customers.get(customer_id, for_update=True)
    customer.correct(["identifiers"], work.now)
    await work.audit("identifier.remove", f"customer:{customer_id}", reason=reason, detail={"kind": kind})
    return customer
