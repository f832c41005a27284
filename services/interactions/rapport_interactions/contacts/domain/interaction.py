"""A contact, once its events are put together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rapport_contracts.interactions.contacts import Durations
from rapport_contracts.interactions.inbound import SegmentKind


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the contact. `seconds` is the source's own measure where it gave one, else the difference of the
    times; negative when the source's clock was at fault. `ended_at` and `seconds` are None while it lasts.
    """

    kind: SegmentKind
    started_at: datetime
    ended_at: datetime | None
    seconds: float | None
    queue: str | None = None
    agent: str | None = None


@dataclass(frozen=True, slots=True)
class Handler:
    """A human agent's part: first connected when, after how long a wait (seconds), how long in service altogether."""

    agent: str
    queue: str | None
    connected_at: datetime
    wait_seconds: float
    service_seconds: float


@dataclass(frozen=True, slots=True)
class Queued:
    """An entry into a queue."""

    queue: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Transfer:
    """The contact was passed on."""

    from_agent: str | None
    to_agent: str | None
    to_queue: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Interaction:
    """The whole contact as it is known from its events. All times UTC, all durations seconds.

    `handlers` are the human agents in order of their first connection; `last_agent` had it last. `wait_seconds`
    is the time in queues before the first human answered, or all of it when nobody did. `ended`: the source has
    reported the end; `recorded`: the segments are those of a call detail record.
    """

    state: str
    channel: str
    direction: str
    mode: str
    outcome: str
    touchpoint: str | None
    contact_type: str | None
    queue: str | None
    started_at: datetime
    ended_at: datetime | None
    last_event_at: datetime
    ended: bool
    recorded: bool
    segments: tuple[Segment, ...]
    handlers: tuple[Handler, ...]
    last_agent: str | None
    queued: tuple[Queued, ...]
    transfers: tuple[Transfer, ...]
    wait_seconds: float
    durations: Durations
    flags: tuple[str, ...]

    @property
    def agents(self) -> list[str]:
        """All human handlers in order."""
        return [handler.agent for handler in self.handlers]


DURATION_OF = {
    SegmentKind.IVR: "ivr",
    SegmentKind.QUEUE: "queue",
    SegmentKind.AGENT: "service",
    SegmentKind.HOLD: "hold",
    SegmentKind.AFTER_CONTACT_WORK: "after_contact_work",
    SegmentKind.BOT: "bot",
}
"""Where a segment's seconds are counted: bot and voice menu never as service (S44)."""


def seconds_between(start: datetime, end: datetime) -> float:
    """Seconds from start to end, to the millisecond; negative when the end lies before."""
    return round((end - start).total_seconds(), 3)


def durations_of(segments: Iterable[Segment]) -> Durations:
    """The sum of seconds of each kind; open segments count nothing yet."""
    sums: dict[str, float] = {}
    for segment in segments:
        if segment.seconds is not None:
            name = DURATION_OF[segment.kind]
            sums[name] = round(sums.get(name, 0.0) + segment.seconds, 3)
    return Durations(**sums)


def handlers_of(segments: Iterable[Segment]) -> tuple[tuple[Handler, ...], str | None, float, bool]:
    """Who handled the contact: the handlers, the last of them, the wait before the first human (seconds), and whether
    any human answered (an agent segment without a name counts as an answer, though nobody can be credited).
    """
    found: dict[str, Handler] = {}
    last, queue, wait, since, answered = None, None, 0.0, 0.0, False
    for segment in segments:
        queue = segment.queue or queue
        if segment.kind is SegmentKind.QUEUE:
            since = round(since + (segment.seconds or 0.0), 3)
        elif segment.kind is SegmentKind.AGENT:
            if not answered:
                answered, wait = True, since
            if segment.agent is not None:
                last = segment.agent
                before = found.get(last) or Handler(last, queue, segment.started_at, since, 0.0)
                total = round(before.service_seconds + (segment.seconds or 0.0), 3)
                found[last] = Handler(last, before.queue, before.connected_at, before.wait_seconds, total)
            since = 0.0
    return tuple(found.values()), last, wait if answered else since, answered
