"""What a customer allows, per purpose. Key: the customer."""

from __future__ import annotations

from rapport_contracts.event import Event
from rapport_contracts.fields import CustomerId, Open, UtcTime
from rapport_contracts.profiles import TOPIC
from rapport_contracts.profiles.vocabulary import ConsentPurpose, ConsentState
from rapport_contracts.vocabulary import Channel


class ConsentGranted(
    Event,
    type="consent.granted.v1",
    topic=TOPIC,
    key="customer_id",
    when="Somebody records by `POST /customers/{id}/consents` that the customer allows it.",
    often="again",
    state="{standing}",
    undone_by=("consent.withdrawn.v1",),
):
    """The customer allowed a purpose on a channel; `channel` null means any."""

    customer_id: CustomerId
    purpose: Open[ConsentPurpose]
    channel: Open[Channel] | None
    granted_at: UtcTime
    standing: Open[ConsentState] | None = None


class ConsentWithdrawn(
    Event,
    type="consent.withdrawn.v1",
    topic=TOPIC,
    key="customer_id",
    when="Somebody records by `POST /customers/{id}/consents` that the customer does not allow it, also where it was "
    "not allowed before.",
    often="again",
    state="{standing}",
    undone_by=("consent.granted.v1",),
):
    """The customer took a consent back, or refused it; `channel` null means any."""

    customer_id: CustomerId
    purpose: Open[ConsentPurpose]
    channel: Open[Channel] | None
    withdrawn_at: UtcTime
    standing: Open[ConsentState] | None = None
