"""Pushed events that could not be accepted, and what became of them. Key: the quarantined event."""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.event import Event
from rapport_contracts.fields import Code, UtcTime
from rapport_contracts.interactions import TOPIC


class InboundEventQuarantined(
    Event,
    type="inbound-event.quarantined.v1",
    topic=TOPIC,
    key="quarantine_id",
    when="A call-centre system pushes an event that cannot be used; the same one again is only counted.",
    often="once",
    state="waiting",
):
    """A pushed event could not be used and waits for a person. `reason` is a code; the raw event stays with us."""

    quarantine_id: UUID
    source: Code
    reason: Code
    quarantined_at: UtcTime


class InboundEventReplayed(
    Event,
    type="inbound-event.replayed.v1",
    topic=TOPIC,
    key="quarantine_id",
    when="A person replays it by `POST /quarantine/{id}:replay`, mended or as it came.",
    often="once",
    state="replayed",
):
    """A quarantined event was taken in after all; `result` is accepted, duplicate or late."""

    quarantine_id: UUID
    source: Code
    result: Code
    replayed_at: UtcTime


class InboundEventDropped(
    Event,
    type="inbound-event.dropped.v1",
    topic=TOPIC,
    key="quarantine_id",
    when="A person drops it by `POST /quarantine/{id}:drop`, or a customer is erased whose contact it names.",
    often="once",
    state="dropped",
):
    """A quarantined event is of no use; `reason` is a code, `customer-erased` when its customer was erased."""

    quarantine_id: UUID
    source: Code
    reason: Code
    dropped_at: UtcTime
