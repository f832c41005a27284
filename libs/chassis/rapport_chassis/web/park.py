"""Routes of the park: messages that could not be applied, shown, released and dropped by operators."""

from __future__ import annotations

import base64
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, model_validator
from rapport_contracts.fields import WrongValue
from rapport_contracts.vocabulary import named
from rapport_kernel.errors import NotFound

from rapport_chassis import parked
from rapport_chassis.bodies import Body
from rapport_chassis.filters import Dated, Many, Where, find
from rapport_chassis.lists import Keyset, Page, Paging
from rapport_chassis.parked import ParkedMessage, Selection
from rapport_chassis.release import Park
from rapport_chassis.security.kinds import Kind, personal
from rapport_chassis.security.scopes import Scope
from rapport_chassis.tables import parked as table
from rapport_chassis.web.call import Call
from rapport_chassis.web.park_batches import add_batches
from rapport_chassis.web.router import Router
from rapport_chassis.web.values import known
from rapport_chassis.work import Work


class ParkedView(BaseModel):
    """A parked message without its bytes."""

    id: int
    consumer: str
    topic: str
    partition: int
    offset: int
    key: str | None = Field(description="The aggregate, where the key is text.")
    event_id: UUID | None
    type: str | None
    reason: str = Field(description="Stable code; `follows`: only because an earlier message of its key is parked.")
    detail: str
    attempts: int
    state: Annotated[str, known("parked", "released", "dropped", name="parked-state")]
    parked_at: datetime
    settled_at: datetime | None
    settled_by: str | None


class ParkedBytes(ParkedView):
    """A parked message with its bytes as they came (base64)."""

    headers: Annotated[list[list[str | None]], personal(Kind.RAW)] = Field(description="Of each its name and its value.")
    value: Annotated[str | None, personal(Kind.RAW)]


class ParkedGroup(BaseModel):
    """Messages with the same cause."""

    consumer: str
    type: str | None
    reason: str
    messages: int
    keys: int
    first_at: datetime


Label = Annotated[str, Field(max_length=200)]


class Which(Dated):
    """Which parked messages, by when they were parked; what is absent does not restrict."""

    at = "parked_at"

    consumer: Many[Label] | None = None
    key: Annotated[str | None, Where(lambda c, key: c.key == key.encode(), "key")] = Field(
        default=None, max_length=200, description="The aggregate's id."
    )
    type: Many[Label] | None = Field(default=None, description="Event type, e.g. `complaint.resolved.v1`.")
    reason: Many[Label] | None = None
    state: Many[Annotated[Literal["parked", "released", "dropped"], named("parked-state")]] = Field(default=["parked"])


class Chosen(Body):
    """Which parked messages to settle; at least one of the fields, so that nobody settles all of them by an empty body."""

    consumer: str | None = Field(default=None, max_length=200)
    key: str | None = Field(default=None, max_length=200)
    type: str | None = Field(default=None, max_length=200)
    reason: str | None = Field(default=None, max_length=100)

    @model_validator(mode="after")
    def says_something(self) -> Chosen:
        """At least one field."""
        if not any((self.consumer, self.key, self.type, self.reason)):
            raise WrongValue("empty-selection")
        return self

    def selection(self) -> Selection:
        """As the park takes it."""
        return Selection(consumer=self.consumer, key=self.key, type=self.type, reason=self.reason)


class DropOne(Body):
    """Why a message is given up."""

    why: str = Field(min_length=3, max_length=500)


class DropMany(Chosen):
    """Which messages are given up, and why."""

    why: str = Field(min_length=3, max_length=500)


class ReleasedView(BaseModel):
    """What a release did; `failed` are the messages that failed again, each the first of its key."""

    released: int
    failed: list[int]


class DroppedView(BaseModel):
    """How many messages were given up."""

    dropped: int


MessageId = Annotated[int, Field(ge=1, lt=2**63)]
_IN_ORDER = Keyset({"id": table.c.id}, table.c.id, default="id")


def park_router(service: str, park: Park[Any]) -> Router:
    """List, show, release, drop."""
    router = Router(
        prefix="/parked",
        tags=["operation"],
        about="For those who operate the service: health, what could not be applied, keys, the audit trail.",
        audience="operators",
    )
    read, settle = Scope(f"{service}:read-parked", level=2), Scope(f"{service}:settle-parked", level=3)

    @router.get("", allow=read, summary="Parked messages in the order of parking, without their bytes")
    async def parked_messages(which: Which, paging: Annotated[Paging, _IN_ORDER], call: Call[Work]) -> Page[ParkedView]:
        """Those that could not be applied, and those that follow them."""
        return await call.read(_page, which, paging)

    @router.get("/groups", allow=read, summary="Parked messages counted by consumer, type and reason")
    async def parked_groups(which: Which, call: Call[Work]) -> list[ParkedGroup]:
        """What has one cause is most often mended and released together."""
        found = await call.read(_groups, which)
        return [ParkedGroup.model_validate(one, from_attributes=True) for one in found]

    @router.get(
        "/{message_id}",
        allow=Scope(f"{service}:read-parked", level=4),
        errors=[NotFound],
        summary="One message with its bytes, which may hold personal data; audited",
    )
    async def parked_message(message_id: MessageId, call: Call[Work]) -> ParkedBytes:
        """As it came, in base64. Each look is audited."""
        return _bytes(await park.show(message_id, call.actor))

    @router.post(
        "/{message_id}:release", allow=settle, errors=[NotFound, "earlier-parked"], summary="Apply one message again"
    )
    async def release_parked(message_id: MessageId, call: Call[Work]) -> ReleasedView:
        """It must be the first of its key. If it fails again it stays parked, with the new reason."""
        done = await park.release(Selection(id=message_id), call.actor)
        return ReleasedView(released=done.released, failed=done.failed or [])

    @router.post(":release", allow=settle, summary="Apply again all messages of every key that the selection touches")
    async def release_many(body: Chosen, call: Call[Work]) -> ReleasedView:
        """In order for each key; a key stops at the first message that fails again."""
        done = await park.release(body.selection(), call.actor)
        return ReleasedView(released=done.released, failed=done.failed or [])

    @router.post("/{message_id}:drop", allow=settle, errors=[NotFound], summary="Give up one message for good")
    async def drop_parked(message_id: MessageId, body: DropOne, call: Call[Work]) -> DroppedView:
        """Messages that follow it stay parked until they are released."""
        dropped = await park.drop(Selection(id=message_id), call.actor, reason=body.why)
        if not dropped:
            raise NotFound
        return DroppedView(dropped=dropped)

    @router.post(":drop", allow=settle, summary="Give up the selected messages for good")
    async def drop_many(body: DropMany, call: Call[Work]) -> DroppedView:
        """Messages that follow them stay parked until they are released."""
        return DroppedView(dropped=await park.drop(body.selection(), call.actor, reason=body.why))

    add_batches(router, park, settle)
    return router


async def _page(work: Work, which: Which, paging: Paging) -> Page[ParkedView]:
    page = await find(work, table, _IN_ORDER, which, paging)
    return page.map(lambda row: _view(parked.message(row._asdict())))


async def _groups(work: Work, which: Which) -> list[parked.Group]:
    return await parked.groups(work.connection, Selection(state=None), *which.conditions(work, table))


def _view(message: ParkedMessage) -> ParkedView:
    return ParkedView.model_validate({**asdict(message), "key": _as_text(message.key)})


def _bytes(message: ParkedMessage) -> ParkedBytes:
    headers = [[name, None if value is None else base64.b64encode(value).decode()] for name, value in message.headers]
    value = None if message.value is None else base64.b64encode(message.value).decode()
    return ParkedBytes.model_validate({**asdict(message), "key": _as_text(message.key), "headers": headers, "value": value})


def _as_text(key: bytes | None) -> str | None:
    """The key as text, or as hex where it is none."""
    if key is None:
        return None
    try:
        text = key.decode()
    except UnicodeDecodeError:
        return key.hex()
    return text if text.isprintable() else key.hex()
