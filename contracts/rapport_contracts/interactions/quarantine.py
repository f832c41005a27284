"""Pushed events that could not be accepted, and what became of them. Key: the quarantined event."""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.event import Event
from rapport_contracts.fields import Code, UtcTime
from rapport_contracts.interactions import TOPIC


class InboundEventQuarantined(Event, type="inbound-event.quarantined.v1", topic=TOPIC, key="quarantine_id"):
    """A pushed event could not be used and waits for a person. `reason` is a code; the raw event stays with us."""

    quarantine_id: UUID
    source: Code
    reason: Code
    quarantined_at: UtcTime


class InboundEventReplayed(Event, type="inbound-event.replayed.v1", topic=TOPIC, key="quarantine_id"):
    """A quarantined event was mended and taken in; `result` is accepted, duplicate or late."""

    quarantine_id: UUID
    source: Code
    result: Code
    replayed_at: UtcTime


class InboundEventDropped(Event, type="inbound-event.dropped.v1", topic=TOPIC, key="quarantine_id"):
    """A person decided that a quarantined event is of no use; `reason` is a code."""

    quarantine_id: UUID
    source: Code
    reason: Code
    dropped_at: UtcTime
