"""The quarantine over HTTP, for the people who mend what was pushed."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field
from rapport_chassis.lists import Page, Paging
from rapport_chassis.security.kinds import Kind, personal
from rapport_chassis.security.scopes import Scope
from rapport_chassis.web.call import Call
from rapport_chassis.web.for_reader import Masked
from rapport_chassis.web.resources import Resource
from rapport_chassis.web.router import Router
from rapport_chassis.web.values import acted_on, known
from rapport_chassis.web.views import Allowed, View, shown_as
from rapport_chassis.work import Work
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import NotFound

from rapport_interactions.quarantine.domain import LIFE, QuarantinedEvent
from rapport_interactions.quarantine.store import RECENT, ItemFilters, Quarantine, find_items
from rapport_interactions.quarantine.usecases import drop_item, replay_as_it_came, replay_item, show_item

router = Router(tags=["quarantine"], about="What came and could not be used, until a person settles it.")
READ = Scope("interactions:quarantine")
SETTLE = Scope("interactions:quarantine", level=2)
PATH = "/quarantine/{quarantine_id}"


class ItemView(View):
    """An item that could not be used: why, where in it, how often it came, and what became of it. `version` is its ETag;
    `allowed` is what the caller can do with it."""

    id: UUID
    version: int
    updated_at: UtcTime = Field(description="When it was last written.")
    source: str
    reason: str
    where: str | None = Field(validation_alias="place")
    index: int = Field(validation_alias="line", description="its position in the batch in which it first came, from 0")
    state: Annotated[str, known(LIFE)] = Field(description="waiting, replayed or dropped")
    allowed: Annotated[Allowed, acted_on(QuarantinedEvent)]
    size: int = Field(description="bytes")
    times: int
    quarantined_at: UtcTime
    settled_at: UtcTime | None
    settled_by: str | None
    result: str | None = Field(description="of the replay (accepted, duplicate, late), or the reason of the drop")


class ItemDetail(ItemView):
    """An item with what it holds: `***` below access level 4; null once it is settled, when its content is destroyed."""

    content: Annotated[str | None, personal(Kind.RAW)]
    masked: Masked


_shown = shown_as(ItemView)


@router.get("/quarantine", allow=READ, summary="List quarantined events")
async def list_items(filters: ItemFilters, paging: Annotated[Paging, RECENT], call: Call[Work]) -> Page[ItemView]:
    """The latest first."""
    return (await call.read(find_items, filters, paging)).map(lambda row: _shown(row, call))


@router.get(PATH, allow=READ, errors=[NotFound], summary="Show a quarantined event")
async def show(quarantine_id: UUID, call: Call[Work]) -> ItemDetail:
    """Its content is in clear at access level 4 only; reading it is audited."""
    shown = await call.run(show_item, quarantine_id)
    more = {"allowed": call.allowed(shown.item), "content": shown.content}
    return ItemDetail.model_validate({**vars(shown.item), **more})


of = Resource(router, PATH, ("quarantined event", "quarantine"), ItemView, Quarantine, read=READ)
of.action(
    "replay",
    replay_item,
    SETTLE,
    "Mend and replay a quarantined event",
    "Takes the event in under its source, as it came or as mended. Repeating it changes nothing.",
    "still-unusable",
    name="replay",
    batch=replay_as_it_came,
)
of.action(
    "drop",
    drop_item,
    SETTLE,
    "Drop a quarantined event",
    "Destroys its content. Repeating it changes nothing.",
    name="drop",
    batch=True,
)
of.history()
of.verifies()
