"""Correct a profile (S7) and move a customer from stage to stage (S9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from rapport_profiles.domain.customer import Customer
from rapport_profiles.store.customers import open_personal, seal_personal
from rapport_profiles.store.work import ProfilesWork


async def correct_customer(
    work: ProfilesWork, customer_id: UUID, changes: Mapping[str, Any], *, kind: str | None = None
) -> Customer:
    """Put `changes` (fields of PersonalPart; None forgets one) and `kind` in. Publishes customer.corrected with the names.

    Raises NotFound, VersionConflict, Erased.
    """
    customer = await work.customers.get(customer_id, for_update=True)
    box = await work.vault.open_for([customer_id])
    before = open_personal(box, customer)
    after = replace(before, **changes)
    changed = [*before.changed(after)]
    if changed:
        customer.fill(seal_personal(box, customer_id, after), after.filled)
    if kind is not None and kind != customer.kind:
        customer.kind = kind
        changed.append("kind")
    customer.correct(changed, work.now)
    if changed:
        await work.audit("customer.correct", f"customer:{customer_id}", detail={"fields": changed})
    return customer


async def change_stage(work: ProfilesWork, customer_id: UUID, move: str, reason: str | None) -> Customer:
    """Make a move of the customer's life. Publishes customer.corrected. Raises NotFound, NotAllowed, VersionConflict."""
    customer = await work.customers.get(customer_id, for_update=True)
    customer.change_stage(move, work.now)
    await work.audit("customer.change-stage", f"customer:{customer_id}", reason=reason, detail={"move": move})
    return customer
