"""Write down what a customer said about consent, with what proves it, and show what holds (PIPL 13)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from rapport_contracts.profiles.vocabulary import ConsentPurpose
from rapport_contracts.vocabulary import Channel
from rapport_kernel.errors import Invalid

from rapport_profiles.domain.consent import ConsentState, Said
from rapport_profiles.domain.customer import Customer
from rapport_profiles.store.consents import ConsentRecord
from rapport_profiles.store.work import ProfilesWork


async def record_consent(
    work: ProfilesWork,
    customer_id: UUID,
    *,
    purpose: ConsentPurpose,
    channel: Channel | None,
    granted: bool,
    said_at: datetime | None,
    evidence_kind: str,
    evidence: str | None,
) -> Customer:
    """Granted, or withdrawn. `said_at` (UTC, default now) may lie in the past: the newest statement holds.

    Publishes consent.granted or consent.withdrawn. Raises NotFound, VersionConflict, Invalid for a time in the future.
    """
    customer = await work.customers.get(customer_id, for_update=True)
    at = said_at or work.now
    if at > work.now:
        raise Invalid("time-in-the-future", "A consent cannot have been given in the future.")
    state = ConsentState.GRANTED if granted else ConsentState.WITHDRAWN
    said = Said(purpose, channel, state, at)
    await work.consents.add(customer_id, said, evidence_kind=evidence_kind, evidence=evidence)
    if granted:
        customer.grant_consent(purpose, channel, at)
    else:
        customer.withdraw_consent(purpose, channel, at)
    await work.audit(f"consent.{state}", f"customer:{customer_id}", detail={"purpose": purpose, "channel": channel})
    return customer


async def show_consents(work: ProfilesWork, customer_id: UUID) -> list[tuple[ConsentRecord, str | None]]:
    """The whole history with evidence in clear; what a caller may see is decided where it is shown. Raises NotFound."""
    await work.customers.get(customer_id)
    history = await work.consents.of(customer_id)
    box = await work.vault.open_for({record.keyed_by for record in history}, create=False)
    await work.audit("consent.read", f"customer:{customer_id}", detail={"level": work.actor.level})
    return [(record, record.evidence_text(box)) for record in history]
