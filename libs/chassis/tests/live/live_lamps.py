"""A small service for the tests of live updates: lamps that are lit and hired, on a real topic, without a database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaProducer
from pydantic import BaseModel
from rapport_chassis.bus import Bus
from rapport_chassis.database import Database
from rapport_chassis.listens import Subscription
from rapport_chassis.live.feed import Feed, FeedOptions
from rapport_chassis.live.hearing import Heard, noticing
from rapport_chassis.live.seats import Seats
from rapport_chassis.metrics import Metrics
from rapport_chassis.security.scopes import Scope
from rapport_chassis.settings import ServiceSettings
from rapport_chassis.staff import StaffRegister
from rapport_chassis.web import Call, Router
from rapport_chassis.web.app import WebApp, build_app
from rapport_chassis.web.events import Live, events_router
from rapport_chassis.work import Work, WorkFactory
from rapport_contracts import event as contracts
from rapport_contracts.envelope import Envelope
from rapport_contracts.event import Event
from rapport_kernel.ids import new_id
from rapport_kernel.states import StateTable
from rapport_testing.listening import Listening

PATH = "/lamps/v1/events"
READ, HIRE = Scope("lamps:read"), Scope("lamps:hire", level=2)


class LampLit(Event, type="lamp.lighted.v1", topic="rapport.profiles", key="lamp_id", state="lit"):
    """A lamp was lit."""

    lamp_id: UUID
    room_id: UUID | None = None
    customer_id: UUID | None = None
    words: str = ""


class LampHired(Event, type="lamp.hired.v1", topic="rapport.profiles", key="lamp_id", state="{fate}"):
    """A lamp was hired."""

    lamp_id: UUID
    customer_id: UUID
    fate: str = "hired"


for _test_only in ("lamp.lighted.v1", "lamp.hired.v1"):
    contracts._registry.pop(_test_only)
LampLit.publisher = LampHired.publisher = "lamps"
HEARD = {"lamp.lighted.v1": Heard(LampLit, READ), "lamp.hired.v1": Heard(LampHired, HIRE)}
QUICK = FeedOptions(kept=1_000, linger=30.0, poll=0.1, look_every=0.5, stuck_after=3.0, ahead=0.5, longest_rest=0.3)


class Room(BaseModel):
    """What another route answers."""

    lamps: int


def rooms() -> Router:
    router = Router(tags=["rooms"], about="Rooms.")

    @router.get("/rooms", allow=READ)
    async def show(call: Call[Work]) -> Room:
        return Room(lamps=3)

    return router


@dataclass
class Lamps:
    """What `build_app` needs of a service, with its live updates."""

    settings: ServiceSettings
    topic: str
    database: Database
    options: FeedOptions = QUICK
    heartbeat: timedelta = timedelta(seconds=30)
    name: str = "lamps"
    title: str = "Lamps"
    about: str = "Lamps and rooms."
    subscriptions: Sequence[Subscription] = ()
    lives: Mapping[str, StateTable] = field(default_factory=dict)
    metrics: Metrics = field(default_factory=Metrics)
    staff: StaffRegister | None = None

    def __post_init__(self) -> None:
        self.works = WorkFactory(self.database, Work, source="lamps")
        bus = Bus(self.settings.kafka, client="test")
        self.feed = Feed(bus, [self.topic], noticing(HEARD, None), self.name, self.metrics, self.options)
        taken = self.metrics.live_listeners.labels(self.name)
        seats = Seats(self.settings.live_listeners, self.settings.live_listeners_each, taken)
        self.routers = [rooms(), events_router(self.name, Live(HEARD, self.feed, seats, self.heartbeat), self.lives)]
        self.app: WebApp = build_app(self)

    async def ready(self) -> Sequence[Any]:
        return ()

    def metric(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, {"service": self.name, **labels})


@dataclass
class Publisher:
    """Puts events on the topic as the relay does."""

    producer: AIOKafkaProducer
    topic: str
    version: int = 0

    async def publish(
        self, event: Event, *, partition: int = 0, more: Mapping[str, bytes] | None = None, value: bytes | None = b""
    ) -> Event:
        """As the relay does; `more` are headers in place of its own, `value` another one than the event's."""
        self.version += 1
        at = datetime(2026, 3, 2, 10, tzinfo=UTC)
        envelope = Envelope(new_id(), event.event_type, "lamps", at, event.key, self.version, "person:agent-7", new_id())
        headers = list({**dict(envelope.to_headers()), **(more or {})}.items())
        key = str(event.key).encode()
        content = event.write() if value == b"" else value
        await self.producer.send_and_wait(self.topic, content, key, partition=partition, headers=headers)
        return event

    async def light(self, *lamps: UUID, partition: int = 0, **what: Any) -> list[str]:
        """Light lamps, or one; their ids."""
        ids = lamps or (new_id(),)
        for lamp in ids:
            await self.publish(LampLit(lamp_id=lamp, **what), partition=partition)
        return [str(lamp) for lamp in ids]


Serve = Callable[..., Lamps]
"""`serve(heartbeat=...)`: one process of the service."""
Listen = Callable[..., Listening]
"""`listen(service, "lamps:read", since=...)`: a caller with a token."""
