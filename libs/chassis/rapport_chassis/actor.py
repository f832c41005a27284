"""Who acts, and why: what every unit of work knows, and every event carries on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from rapport_contracts.envelope import Envelope
from rapport_kernel.ids import new_id

ActorKind = Literal["person", "machine", "customer", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `id` is opaque (a token's `sub`, a key id), never a name; `level` 1-4 opens personal data at 4.

    `source` is set for machine keys: the only source of events that the machine may speak for. `expires_at` is when the
    token does (seconds since 1970), None where nothing says so.
    """

    kind: ActorKind
    id: str
    scopes: frozenset[str] = frozenset()
    level: int = 1
    source: str | None = None
    expires_at: float | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    @classmethod
    def system(cls, name: str) -> Actor:
        """A part of ours that acts without anybody asking: a consumer, a timer, a loop."""
        return cls("system", name, level=1)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why this happens: what the events of this work carry on, and the event in hand, if it is one that caused it."""

    correlation_id: UUID = field(default_factory=new_id)
    causation_id: UUID | None = None
    traceparent: str | None = None
    envelope: Envelope | None = None

    @property
    def event_id(self) -> UUID | None:
        """The id of the event in hand."""
        return self.envelope.id if self.envelope else None

    @property
    def occurred_at(self) -> datetime | None:
        """When the event in hand happened (UTC)."""
        return self.envelope.time if self.envelope else None

    @classmethod
    def of(cls, envelope: Envelope) -> Cause:
        """The cause that an event is: same correlation, itself as causation, its trace."""
        return cls(envelope.correlation_id or envelope.id, envelope.id, envelope.traceparent, envelope)
