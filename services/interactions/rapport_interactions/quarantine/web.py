"""The quarantine, for the person who mends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from rapport_chassis.bodies import Body, Params
from rapport_chassis.lists import Page, Paging
from rapport_chassis.security.scopes import Level, Scope
from rapport_chassis.web.call import Call
from rapport_chassis.web.router import Router
from rapport_contracts.fields import Code, UtcTime
from rapport_kernel.errors import Invalid, NotAllowed, NotFound

from rapport_interactions.store.quarantine import Item
from rapport_interactions.store.reading import WantedItems, list_quarantine
from rapport_interactions.store.work import InteractionsWork
from rapport_interactions.usecases.quarantine import Shown, drop_item, replay_item, show_item

router = Router(tags=["quarantine"])


class ItemView(BaseModel):
    """An item that could not be used: why, where in it, how often it came, and what became of it."""

    id: UUID
    source: str
    reason: str
    where: str | None
    index: int = Field(description="place in the batch in which it came first, from 0")
    state: str = Field(description="waiting, replayed or dropped")
    size: int = Field(description="bytes")
    times: int
    quarantined_at: UtcTime
    settled_at: UtcTime | None
    settled_by: str | None
    result: str | None = Field(description="of the replay (accepted, duplicate, late), or the reason of the drop")


class ItemDetail(ItemView):
    """An item with what it holds: `***` below access level 4; null when it is settled, since it is destroyed then."""

    content: str | None


class ItemFilters(Params):
    """Which items."""

    source: str | None = Field(default=None, max_length=100)
    reason: str | None = Field(default=None, max_length=100)
    state: str | None = Field(default=None, max_length=20)


class Mended(Body):
    """The item as it should have come; without it, it is tried again as it came."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "event": {
                        "event_id": "e-1003",
                        "call_id": "c-77",
                        "type": "ended",
                        "occurred_at": "2026-03-02T09:18:00+08:00",
                    }
                }
            ]
        }
    )

    event: dict[str, Any] | None = None


class Dropped(Body):
    """Why nobody needs it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "test-traffic"}]})

    reason: Annotated[Code, Field(description="a code, e.g. `test-traffic`")]


_SCOPE = Scope("interactions:quarantine")


@router.get("/quarantine", allow=_SCOPE, errors=[Invalid], summary="List quarantined events")
async def list_items(filters: ItemFilters, paging: Paging, call: Call[InteractionsWork]) -> Page[ItemView]:
    """The latest first; `sort=quarantined_at` for the oldest first."""
    wanted = WantedItems(filters.source, filters.reason, filters.state)
    return await call.read(list_quarantine, wanted, paging, _row)


@router.get("/quarantine/{quarantine_id}", allow=_SCOPE, errors=[NotFound], summary="One quarantined event")
async def show(quarantine_id: UUID, call: Call[InteractionsWork]) -> ItemDetail:
    """What came, in clear at access level 4 only; reading it is audited."""
    clear = call.actor.level >= Level.CLEAR
    return _detail(await call.run(show_item, quarantine_id, clear=clear))


@router.post(
    "/quarantine/{quarantine_id}:replay",
    allow=Scope("interactions:quarantine", level=2),
    errors=[NotFound, NotAllowed, Invalid],
    summary="Mend and replay",
)
async def replay(quarantine_id: UUID, call: Call[InteractionsWork], body: Mended | None = None) -> ItemView:
    """Takes the event in under its source, as it came or as mended. Doing it again changes nothing."""
    mended = _json(body.event) if body is not None and body.event is not None else None
    return _view(await call.run(replay_item, quarantine_id, mended))


@router.post(
    "/quarantine/{quarantine_id}:drop",
    allow=Scope("interactions:quarantine", level=2),
    errors=[NotFound, NotAllowed],
    summary="Drop",
)
async def drop(quarantine_id: UUID, body: Dropped, call: Call[InteractionsWork]) -> ItemView:
    """Destroys what it holds. Doing it again changes nothing."""
    return _view(await call.run(drop_item, quarantine_id, body.reason))


def _json(event: dict[str, Any]) -> bytes:
    return Mended(event=event).model_dump_json(include={"event"}).encode()[len(b'{"event":') : -1]


def _row(row: Mapping[str, Any]) -> ItemView:
    return ItemView.model_validate({**row, "where": row["place"] or None, "index": row["line"]})


def _fields(item: Item) -> dict[str, Any]:
    fields = {name: getattr(item, name) for name in Item.__slots__ if name not in {"place", "line", "content"}}
    return {**fields, "where": item.place or None, "index": item.line}


def _view(item: Item) -> ItemView:
    return ItemView.model_validate(_fields(item))


def _detail(shown: Shown) -> ItemDetail:
    hidden = "***" if shown.item.content is not None else None
    return ItemDetail.model_validate({**_fields(shown.item), "content": shown.content or hidden})
