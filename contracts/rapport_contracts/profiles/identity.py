"""Who a caller turned out to be, and identifiers that several customers claim. Key: the customer, or the conflict."""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.event import Event
from rapport_contracts.fields import CustomerId, InteractionId, Open, UtcTime
from rapport_contracts.profiles import TOPIC
from rapport_contracts.vocabulary import IdentifierKind


class CustomerIdentified(
    Event,
    type="customer.identified.v1",
    topic=TOPIC,
    key="customer_id",
    when="A caller's identifiers lead to one customer, known or new, or a person resolves the identity conflict for "
    "which the contact waits.",
    often="again",
):
    """The person behind an interaction is this customer (S1). `rule` is the kind of identifier that decided;
    `newly_registered` says that nobody was known by it before. Whose contact it is in the end, `interaction.linked` says."""

    customer_id: CustomerId
    interaction_id: InteractionId
    rule: Open[IdentifierKind]
    newly_registered: bool
    identified_at: UtcTime


class IdentityConflictDetected(
    Event,
    type="identity-conflict.detected.v1",
    topic=TOPIC,
    key="conflict_id",
    when="A caller's identifiers contradict each other and nobody has decided about the same ones yet; once for each "
    "contact.",
    often="again",
    state="open",
):
    """The identifiers of one interaction point at different customers. Nobody is merged and the interaction stays
    without a customer until a person decides."""

    conflict_id: UUID
    interaction_id: InteractionId | None
    candidates: list[CustomerId]
    rules: list[Open[IdentifierKind]]
    detected_at: UtcTime


class IdentityConflictResolved(
    Event,
    type="identity-conflict.resolved.v1",
    topic=TOPIC,
    key="conflict_id",
    when="A person decides by `POST /conflicts/{id}:resolve`; once for each contact that waits, or without a contact "
    "when none does.",
    often="again",
    state="resolved",
):
    """It is decided whom the identifiers of a conflict belong to; the same identifiers are decided alike from now on."""

    conflict_id: UUID
    interaction_id: InteractionId | None
    customer_id: CustomerId
    resolved_at: UtcTime
