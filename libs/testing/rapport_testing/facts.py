"""Facts as their owner sends them, for tests that stand in for the owner."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from rapport_chassis.keys import Keys
from rapport_chassis.provenance import sign
from rapport_contracts.envelope import Envelope, Headers
from rapport_contracts.event import Event
from rapport_kernel.ids import new_id


def of_owner(event: Event) -> Envelope:
    """The envelope of a fact that its owner records now."""
    return Envelope(new_id(), event.event_type, event.publisher, datetime.now(UTC), event.key, 1)


def sent(event: Event, envelope: Envelope, keys: Keys | None) -> tuple[bytes, bytes, Headers]:
    """Key, value and headers of the record, signed where the type is."""
    value = event.write()
    if event.signed:
        envelope = replace(envelope, signature=sign(envelope, value, keys))
    return str(envelope.subject).encode(), value, envelope.to_headers()
