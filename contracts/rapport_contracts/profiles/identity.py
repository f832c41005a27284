"""Who a caller turned out to be, and identifiers that several customers claim. Key: the customer, or the conflict."""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.event import Event
from rapport_contracts.fields import CustomerId, InteractionId, Open, UtcTime
from rapport_contracts.profiles import TOPIC
from rapport_contracts.vocabulary import IdentifierKind


class CustomerIdentified(Event, type="customer.identified.v1", topic=TOPIC, key="customer_id"):
    """The person behind an interaction is this customer (S1). `rule` is the kind of identifier that decided;
    `newly_registered` says that nobody was known by it before."""

    customer_id: CustomerId
    interaction_id: InteractionId
    rule: Open[IdentifierKind]
    newly_registered: bool
    identified_at: UtcTime


class IdentityConflictDetected(Event, type="identity-conflict.detected.v1", topic=TOPIC, key="conflict_id"):
    """The identifiers of one interaction point at different customers. Nobody is merged and the interaction stays
    without a customer until a person decides."""

    conflict_id: UUID
    interaction_id: InteractionId | None
    candidates: list[CustomerId]
    rules: list[Open[IdentifierKind]]
    detected_at: UtcTime


class IdentityConflictResolved(Event, type="identity-conflict.resolved.v1", topic=TOPIC, key="conflict_id"):
    """A person decided whom the identifiers of a conflict belong to."""

    conflict_id: UUID
    interaction_id: InteractionId | None
    customer_id: CustomerId
    resolved_at: UtcTime
