"""What Profiles publishes: who the customer is. Key: the customer, but for conflicts."""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.event import Event
from rapport_contracts.fields import Code, CustomerId, InteractionId, Open, UtcTime
from rapport_contracts.vocabulary import Channel, ConsentPurpose, CustomerKind, IdentifierKind, LifecycleStage

TOPIC = "rapport.profiles"


class CustomerRegistered(Event, type="customer.registered.v1", topic=TOPIC, key="customer_id"):
    """A customer became known for the first time, by hand or because an unknown caller presented an identifier (S1, S3)."""

    customer_id: CustomerId
    kind: Open[CustomerKind]
    stage: Open[LifecycleStage]
    source: Code
    registered_at: UtcTime


class CustomerProfileCorrected(Event, type="customer.corrected.v1", topic=TOPIC, key="customer_id"):
    """Attributes of a customer were changed (S7). Names the fields, never their values."""

    customer_id: CustomerId
    fields: list[Code]
    stage: Open[LifecycleStage]
    corrected_at: UtcTime


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


class ContactPointVerified(Event, type="contact-point.verified.v1", topic=TOPIC, key="customer_id"):
    """A contact point of the customer was checked and is his (S18)."""

    customer_id: CustomerId
    kind: Open[IdentifierKind]
    verified_at: UtcTime


class ConsentGranted(Event, type="consent.granted.v1", topic=TOPIC, key="customer_id"):
    """The customer allowed a purpose on a channel; `channel` null means any."""

    customer_id: CustomerId
    purpose: Open[ConsentPurpose]
    channel: Open[Channel] | None
    granted_at: UtcTime


class ConsentWithdrawn(Event, type="consent.withdrawn.v1", topic=TOPIC, key="customer_id"):
    """The customer took a consent back; `channel` null means any."""

    customer_id: CustomerId
    purpose: Open[ConsentPurpose]
    channel: Open[Channel] | None
    withdrawn_at: UtcTime
