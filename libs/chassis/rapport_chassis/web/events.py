"""`GET /events`: what the service has just published, as server-sent events, for those who may see it.

A stream begins with `reset`, unless it goes on where another one ended (`Last-Event-ID`): the client loads what it shows,
and misses nothing from there on. It ends with the caller's right to hear, at the expiry of their token at the latest, and
when the service stops; the client comes again with a fresh token.
"""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

import fastapi
import orjson
from fastapi.sse import EventSourceResponse, format_sse_event
from pydantic import AwareDatetime, BaseModel, Field, create_model
from rapport_contracts.vocabulary import named
from rapport_kernel.errors import RapportError, Unavailable
from rapport_kernel.states import StateTable
from starlette.responses import Response
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from rapport_chassis.actor import Actor
from rapport_chassis.bodies import Params
from rapport_chassis.live.cursor import Closed, Cursor, Lost
from rapport_chassis.live.feed import Feed
from rapport_chassis.live.hearing import Heard, Notice
from rapport_chassis.live.seats import Seats
from rapport_chassis.security.scopes import Scope
from rapport_chassis.web.actions import declare
from rapport_chassis.web.call import Call
from rapport_chassis.web.handler import HEAD, LEAVE, RECOGNISE, STREAMS
from rapport_chassis.web.router import Router
from rapport_chassis.web.values import known
from rapport_chassis.work import Work

RESET = "reset"
MOST_SUBJECTS = 100
RETRY = (1_000, 5_000)
"""Milliseconds after which a client comes again, each at another moment, so that a restart is not followed by a rush."""
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""The second one tells nginx to pass on at once what it gets."""
ABOUT = (
    "A stream of server-sent events (`text/event-stream`). Each is one fact: `event` is its type, `data` a LiveEvent,"
    " `id` the position. Send the last position as `Last-Event-ID` and the stream goes on behind it, in any process of the"
    " service. Without one, or when what came after it is not kept any more, it begins with the event `reset` (`data` is a"
    " LiveReset): load what you show, then follow. Facts of one subject come in order. All filters must fit; what you may"
    " not read you do not hear. A comment with the position comes when nothing else does. The stream ends when your token"
    " expires."
)


class LiveEvent(BaseModel):
    """A fact that has just been published: ids and codes; read the thing itself for more."""

    type: str = Field(description="The type of the event, also as the name of the server-sent event.")
    subject: UUID = Field(description="What it is about: the id that the type is keyed by.")
    version: int = Field(description="The version of the subject after it: its ETag begins with it.")
    state: str | None = Field(description="In which state it leaves what the type names; null where it stays as it was.")
    time: AwareDatetime = Field(description="When it was recorded.")
    customer_id: UUID | None = Field(description="The customer, where one is known.")
    ids: dict[str, UUID] = Field(description="Other things that it names, such as `complaint_id`.")


class LiveReset(BaseModel):
    """Load anew what you show: what happened before the position of this event is not told."""

    reason: str = Field(
        description="`start`: there was no position; `unknown`: it is none; `too-far`: more came since than is kept;"
        " `log-changed`: the log was replaced; `too-slow`: you do not keep up, the stream ends."
    )


class EventFilters(Params):
    """What is heard; what is not given does not restrict."""

    type: list[str] | None = Field(default=None, description="Types of events. May be repeated.")
    subject: list[UUID] | None = Field(
        default=None,
        max_length=MOST_SUBJECTS,
        description="Facts that are about one of these things, or name it. May be repeated.",
    )
    customer: UUID | None = Field(default=None, description="Facts of this customer.")


@dataclass(frozen=True, slots=True)
class Live:
    """What the route needs: the types that can be heard, their feed, the seats, and how often a quiet stream says so."""

    heard: Mapping[str, Heard]
    feed: Feed
    seats: Seats
    heartbeat: timedelta


def events_router(service: str, live: Live, lives: Mapping[str, StateTable]) -> Router:
    """The route. Its own right is `<service>:read`; types that ask for more are heard by those who have that. `lives` are
    those of the service, whose states the events name."""
    router = Router(tags=["events"], about="What happens, told at once.")
    own = Scope(f"{service}:read")
    types: Any = Annotated[Literal[tuple(live.heard)], named("event-type")]
    default = EventFilters.model_fields["type"]
    filters = create_model("EventFilters", __base__=EventFilters, type=(list[types] | None, default))

    async def listen(filters: EventFilters, call: Call[Work], last_event_id: str | None) -> EventStream:
        allowed = _heard_by(call.actor, live.heard, filters.type)
        return EventStream(live, call.actor, _wanted(allowed, filters), last_event_id)

    header = fastapi.Header(alias="Last-Event-ID", description="The `id` of the last event that you have.")
    takes: dict[str, Any] = {"filters": filters, "call": Call, "last_event_id": (Annotated[str | None, header], None)}
    declare(listen, "listen", f"{ABOUT}{_more(live.heard, own)}", takes, _stream_of(lives))
    errors = ["too-many-streams", "too-many-listeners", "stopping"]
    router.add("GET", "/events", listen, allow=own, errors=errors, summary="Listen to what happens")
    return router


def _stream_of(lives: Mapping[str, StateTable]) -> type[EventStream]:
    """The stream as the document has it: with the states of these lives."""
    if not lives:
        return EventStream
    about = LiveEvent.model_fields["state"]
    kind: Any = create_model(
        "LiveEvent", __base__=LiveEvent, state=(Annotated[str | None, known(*lives.values(), name=None)], about)
    )
    return type(EventStream.__name__, (EventStream,), {"carries": (kind, LiveReset)})


def _heard_by(actor: Actor, heard: Mapping[str, Heard], asked: list[str] | None) -> frozenset[str]:
    """The types that somebody hears. Raises Forbidden for one that they ask for and may not hear."""
    if asked is not None:
        for name in asked:
            heard[name].allow.check(actor)
        return frozenset(asked)
    return frozenset(name for name, each in heard.items() if each.allow.admits(actor))


def _wanted(types: frozenset[str], filters: EventFilters) -> Callable[[Notice], bool]:
    subjects, customer = frozenset(filters.subject or ()), filters.customer

    def wanted(notice: Notice) -> bool:
        return (
            notice.type in types
            and (customer is None or notice.customer == customer)
            and (not subjects or not subjects.isdisjoint(notice.about))
        )

    return wanted


def _more(heard: Mapping[str, Heard], own: Scope) -> str:
    """Which kinds ask for more than the route, in words."""
    kinds = {(name.partition(".")[0], each.allow) for name, each in heard.items() if each.allow != own}
    told = [f"`{kind}` needs `{allow.name}`, level {allow.level}" for kind, allow in sorted(kinds, key=str)]
    return f" Of the types {'; '.join(told)}." if told else ""


class EventStream(EventSourceResponse):
    """The answer: frames as long as the caller may listen and does."""

    carries: ClassVar[tuple[type[BaseModel], ...]] = (LiveEvent, LiveReset)
    """What stands in `data`, for the document."""

    def __init__(self, live: Live, actor: Actor, wanted: Callable[[Notice], bool], since: str | None) -> None:
        """`since` is the position after which it goes on."""
        self._live = live
        self._actor = actor
        self._wanted = wanted
        self._cursor = Cursor.at(since)
        self._sent = live.feed.metrics.live_sent.labels(live.feed.service)
        self._recognise: Callable[[], Awaitable[Actor]] | None = None
        super().__init__(self._frames(), headers=HEADERS)

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Raises TooMany and Unavailable, before anything is sent, when there is no seat."""
        if scope.get(HEAD):
            await Response(headers=HEADERS, media_type=self.media_type)(scope, receive, send)
            return
        self._recognise = scope[RECOGNISE]
        with self._live.seats.seat(str(self._actor)), self._live.feed.listening():
            scope[STREAMS] = True
            scope[LEAVE]()
            await super().__call__(scope, receive, send)

    async def _frames(self) -> AsyncIterator[bytes]:
        heartbeat, cursor = self._live.heartbeat.total_seconds(), self._cursor
        beat, end = time.monotonic() + heartbeat, self._end()
        yield format_sse_event(retry=random.randint(*RETRY))  # noqa: S311 - spreads, protects nothing
        while (now := time.monotonic()) < end:
            if now >= beat:
                if not await self._still_may():
                    return
                yield format_sse_event(comment="", id=cursor.written if cursor.joined else None)
                beat = now + heartbeat
            try:
                found = await self._live.feed.read(cursor, min(beat, end) - now)
            except Lost as lost:
                yield self._reset(lost.reason)
                if lost.reason == "too-slow":
                    return
                continue
            except Closed:
                return
            frames = [self._frame(kept.notice) for kept in found if cursor.takes(kept) and self._wanted(kept.notice)]
            if frames:
                self._sent.inc(len(frames))
                yield b"".join(frames)

    def _frame(self, notice: Notice) -> bytes:
        return format_sse_event(event=notice.type, data_str=notice.data.decode(), id=self._cursor.written)

    def _reset(self, reason: str) -> bytes:
        feed = self._live.feed
        feed.metrics.live_resets.labels(feed.service, reason).inc()
        data = orjson.dumps(LiveReset(reason=reason).model_dump()).decode()
        return format_sse_event(event=RESET, data_str=data, id=self._cursor.written)

    def _end(self) -> float:
        """When it ends at the latest (monotonic)."""
        expires = self._actor.expires_at
        return float("inf") if expires is None else time.monotonic() + expires.timestamp() - time.time()

    async def _still_may(self) -> bool:
        """Whether the token or key is still good, and for the same. What cannot be asked now is asked again next time."""
        assert self._recognise is not None  # noqa: S101 - set before the first frame
        try:
            return await self._recognise() == self._actor
        except Unavailable:
            return True
        except RapportError:
            return False
