"""What a call-centre system may push, over HTTP (`POST /interactions/v1/interaction-events:batch`) or on the topic
`rapport.interactions.inbound` (the record's value is one such event, the key its `call_id`).

It is vendor-neutral: an adapter translates. Events may come late, twice and out of order; the pair of source and
`event_id` is the event's identity, the pair of source and `call_id` the call's. A step event tells one thing that
happened; `recorded` tells the whole call at once (a call detail record).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field

from rapport_contracts.codes import NO_TELEPHONE_NUMBER, NewCode, NewStaffId
from rapport_contracts.event import Inbound, Payload
from rapport_contracts.fields import Open, Personal, UtcTime
from rapport_contracts.interactions.vocabulary import ContactMode, ContactOutcome
from rapport_contracts.vocabulary import Channel, Direction, IdentifierKind

TOPIC = "rapport.interactions.inbound"

SourceId = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$"), NO_TELEPHONE_NUMBER]
"""An id of the source: printable ASCII without blanks, and not the number of the one who calls."""


class Step(StrEnum):
    """What happened to the call."""

    STARTED = "started"
    QUEUED = "queued"
    CONNECTED = "connected"
    HELD = "held"
    RESUMED = "resumed"
    TRANSFERRED = "transferred"
    ENDED = "ended"
    WRAPPED_UP = "wrapped_up"
    RECORDED = "recorded"


class SegmentKind(StrEnum):
    """Where the time of a call goes; bot and voice menu are kept apart from human time (S44)."""

    IVR = "ivr"
    QUEUE = "queue"
    AGENT = "agent"
    HOLD = "hold"
    AFTER_CONTACT_WORK = "after_contact_work"
    BOT = "bot"


class PresentedIdentifier(Payload):
    """What the caller is known by at the source; blocked values (`0`, `000000`, `anonymous`) never match."""

    model_config = ConfigDict(extra="forbid")

    kind: IdentifierKind
    value: Personal[Annotated[str, Field(min_length=1, max_length=320)]]


class RecordedSegment(Payload):
    """A stretch of a recorded call. `seconds` is the source's own measure and wins over the difference of the times."""

    model_config = ConfigDict(extra="forbid")

    kind: SegmentKind
    started_at: UtcTime
    ended_at: UtcTime
    seconds: Annotated[float, Field(ge=-86_400, le=864_000)] | None = None
    queue: NewCode | None = None
    agent: NewStaffId | None = None


class CallEvent(Inbound, topic=TOPIC, meaning="A pushed call-centre event"):
    """One pushed event. `occurred_at` is when it happened at the source (any offset)."""

    model_config = ConfigDict(extra="forbid")

    event_id: SourceId
    call_id: SourceId
    type: Step
    occurred_at: UtcTime
    channel: Open[Channel] = Channel.PHONE
    direction: Open[Direction] | None = None
    mode: Open[ContactMode] | None = None
    contact_type: NewCode | None = None
    touchpoint: NewCode | None = None
    queue: NewCode | None = None
    agent: NewStaffId | None = None
    to_agent: NewStaffId | None = None
    outcome: Open[ContactOutcome] | None = None
    identifiers: Annotated[list[PresentedIdentifier], Field(max_length=10)] = Field(default_factory=list)
    segments: Annotated[list[RecordedSegment], Field(max_length=200)] = Field(default_factory=list)


class ItemResult(StrEnum):
    """What became of one pushed event. `late`: taken in, though its call was already closed; it amends the call."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    LATE = "late"
    QUARANTINED = "quarantined"
