"""What a service listens to: one table in its `events.py`, read by the consumer runner."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from uuid import UUID

from rapport_contracts.envelope import Envelope
from rapport_contracts.event import Event

E_co = TypeVar("E_co", bound=Event, covariant=True)


@dataclass(frozen=True, slots=True)
class Message(Generic[E_co]):
    """One event as it came: what it says, who said it, and where it lies in the log."""

    event: E_co
    envelope: Envelope
    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it came, undecoded: of a topic whose writers are not ours."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    topic: str
    partition: int
    offset: int


EachHandler = Callable[[Any, Any], Awaitable[Any]]
"""`async def attach_customer(work: ComplaintsWork, event: CustomerIdentified) -> None`; envelope: `work.cause`."""
BatchHandler = Callable[[Any, list[Message[Any]]], Awaitable[Any]]
"""`async def project_timeline(work: ProfilesWork, messages: list[Message[Event]]) -> None`: sets, no loops of statements."""
Makes = Callable[[UUID], UUID]
RawHandler = Callable[[Any, list[Record]], Awaitable[Any]]
"""`async def take_pushed(work: InteractionsWork, records: list[Record]) -> None`."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A handler that takes many events at once, as a consumer group of its own: projections, foldings.

    One call is one transaction and holds what one poll brought, in order per key, each event once. When a message
    cannot be applied the handler is called again for single messages, so it must not rely on a batch's limits.

    `inbox=False`: the handler may get an event more than once and tells by itself, e.g. because its rows are keyed by
    the event. Then nothing is remembered for it twice.

    `makes`: the id of what an event makes, of the id of the event, where the first of several makes it. After a restore the
    events that made what the log has are applied first, so that the same come first again.
    """

    name: str
    events: Sequence[type[Event]]
    handler: BatchHandler
    inbox: bool = True
    makes: Makes | None = None


@dataclass(frozen=True, slots=True)
class Raw:
    """A handler of raw records of one topic, as a consumer group of its own. It tells duplicates apart by itself."""

    name: str
    topic: str
    handler: RawHandler


@dataclass(frozen=True, slots=True)
class Subscription:
    """One consumer group: its name (also the consumer in inbox and park), topics, types, and exactly one kind of handler."""

    name: str
    topics: tuple[str, ...]
    types: Mapping[str, type[Event]] = field(default_factory=dict)
    each: Mapping[str, EachHandler] = field(default_factory=dict)
    batch: BatchHandler | None = None
    raw: RawHandler | None = None
    inbox: bool = True
    makes: Makes | None = None

    def topic_of(self, kind: type[Event]) -> str:
        """What the topic of a type is called here: its own name, unless the topics were replaced one by one."""
        return self.topics[_topics(list(self.types.values())).index(kind.topic)]


@dataclass(frozen=True, slots=True)
class Listens:
    """The whole answer to "what does this service listen to?"

    `each`: event class -> use case, called once for each event. `batches`: sets. `raws`: topics of other systems.
    All `each` handlers together are one consumer group `rapport.<service>`, each batch is `rapport.<service>.<name>`.
    """

    each: Mapping[type[Event], EachHandler] = field(default_factory=dict)
    batches: Sequence[Batch] = ()
    raw_topics: Sequence[Raw] = ()

    def subscriptions(self, service: str) -> list[Subscription]:
        """One for each consumer group. Raises ValueError when two have the same name or one listens to nothing."""
        found = []
        if self.each:
            handlers = {event.event_type: handler for event, handler in self.each.items()}
            found.append(Subscription(f"rapport.{service}", _topics(self.each), _types(self.each), each=handlers))
        for batch in self.batches:
            if not batch.events:
                raise ValueError(f"batch '{batch.name}' listens to nothing")
            name = f"rapport.{service}.{batch.name}"
            topics, types = _topics(batch.events), _types(batch.events)
            found.append(Subscription(name, topics, types, batch=batch.handler, inbox=batch.inbox, makes=batch.makes))
        found += [Subscription(f"rapport.{service}.{raw.name}", (raw.topic,), raw=raw.handler) for raw in self.raw_topics]
        if len({subscription.name for subscription in found}) != len(found):
            raise ValueError("two batches of one service have the same name")
        return found


def _topics(events: Sequence[type[Event]] | Mapping[type[Event], object]) -> tuple[str, ...]:
    return tuple(sorted({event.topic for event in events}))


def _types(events: Sequence[type[Event]] | Mapping[type[Event], object]) -> dict[str, type[Event]]:
    return {event.event_type: event for event in events}
