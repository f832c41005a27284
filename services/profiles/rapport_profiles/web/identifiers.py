"""What a customer is known by."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.vault import Erased
from rapport_chassis.web import Call, Router
from rapport_contracts.fields import CustomerId
from rapport_kernel.errors import Conflict, Invalid, NotFound, VersionConflict

from rapport_profiles.store.work import ProfilesWork
from rapport_profiles.usecases.keep_identifiers import add_identifier, remove_identifier, verify_identifier
from rapport_profiles.web.bodies import NewIdentifier
from rapport_profiles.web.customers import WRITE
from rapport_profiles.web.views import CustomerChanged, changed_view

router = Router(prefix="/customers/{customer_id}/identifiers", tags=["identifiers"])


@router.post(
    "", allow=WRITE, status=201, errors=[NotFound, Invalid, Conflict, VersionConflict, Erased], summary="Add an identifier"
)
async def add(customer_id: CustomerId, body: NewIdentifier, call: Call[ProfilesWork]) -> CustomerChanged:
    """The customer is known by it from now on. 409 `identifier-taken` when it belongs to somebody."""
    return changed_view(await call.run(add_identifier, customer_id, body.given()))


@router.post("/{identifier_id}:verify", allow=WRITE, errors=[NotFound, VersionConflict], summary="Verify an identifier")
async def verify(customer_id: CustomerId, identifier_id: UUID, call: Call[ProfilesWork]) -> CustomerChanged:
    """Somebody checked that it is the customer's (S18). Doing it twice changes nothing."""
    return changed_view(await call.run(verify_identifier, customer_id, identifier_id))


@router.delete("/{identifier_id}", allow=WRITE, errors=[NotFound, VersionConflict], summary="Remove an identifier")
async def remove(customer_id: CustomerId, identifier_id: UUID, call: Call[ProfilesWork]) -> CustomerChanged:
    """The customer is no longer known by it; it may become somebody else's."""
    return changed_view(await call.run(remove_identifier, customer_id, identifier_id, None))
