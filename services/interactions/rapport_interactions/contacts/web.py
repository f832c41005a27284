"""Interactions: lists, one, by hand, whose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from rapport_chassis.bodies import Body, Params
from rapport_chassis.lists import Page, Paging
from rapport_chassis.security.scopes import Level, Scope
from rapport_chassis.web.call import Call
from rapport_chassis.web.router import Router
from rapport_contracts.fields import Code, CustomerId, InteractionId, UtcTime
from rapport_contracts.interactions.contacts import Durations
from rapport_contracts.interactions.inbound import PresentedIdentifier
from rapport_contracts.interactions.vocabulary import Mode
from rapport_contracts.vocabulary import Channel, Direction
from rapport_kernel.errors import Conflict, Invalid, NotFound, VersionConflict

from rapport_interactions.store.reading import Wanted
from rapport_interactions.store.work import InteractionsWork
from rapport_interactions.usecases import read_interactions
from rapport_interactions.usecases.enter_interaction import Entry, enter_interaction
from rapport_interactions.usecases.link_customers import link_customer
from rapport_interactions.web.periods import Bound, period, zone_of

router = Router(tags=["interactions"])
Note = Annotated[str, Field(min_length=1, max_length=4000)]
Reason = Annotated[str, Field(min_length=1, max_length=500)]


class SegmentView(BaseModel):
    """A stretch of the contact; `seconds` negative is the source's clock fault; null while it lasts."""

    kind: str
    started_at: UtcTime
    ended_at: UtcTime | None
    seconds: float | None
    queue: str | None
    agent: str | None


class InteractionView(BaseModel):
    """A contact as it is known now. Seconds; times UTC."""

    id: InteractionId
    version: int
    state: str
    source: str
    call_id: str
    channel: str
    direction: str
    mode: str
    outcome: str
    customer_id: CustomerId | None
    link_rule: str | None = Field(
        description="by what the customer is known: kind of identifier, by_hand, conflict_resolved"
    )
    touchpoint: str | None
    contact_type: str | None
    queue: str | None
    agents: list[str] = Field(description="all human handlers, in order; the first one answered")
    last_agent: str | None
    transfers: int
    started_at: UtcTime
    ended_at: UtcTime | None
    timed_out_at: UtcTime | None
    wait_seconds: float
    durations: Durations
    flags: list[str]


class InteractionDetail(InteractionView):
    """A contact with its segments. The note of the agent is shown in clear at access level 4, and that is audited."""

    segments: list[SegmentView]
    has_note: bool
    note: str | None


class Filters(Params):
    """Which interactions."""

    customer: UUID | None = None
    channel: str | None = Field(default=None, max_length=100)
    agent: str | None = Field(default=None, max_length=100, description="Any of the handlers.")
    queue: str | None = Field(default=None, max_length=100)
    state: str | None = Field(default=None, max_length=100)
    outcome: str | None = Field(default=None, max_length=100)
    contact_type: str | None = Field(default=None, alias="type", max_length=100)
    flag: str | None = Field(default=None, max_length=100, description="e.g. `negative-ivr`.")
    from_: Bound | None = Field(default=None, alias="from", description="Time with offset, or a day of `tz`.")
    to: Bound | None = Field(default=None, description="Time with offset (not included), or a day of `tz` (included).")
    tz: str = Field(default="UTC", max_length=64)


class NewInteraction(Body):
    """A contact to write down. Identifiers are kept sealed, the note encrypted."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "channel": "store",
                    "direction": "inbound",
                    "started_at": "2026-03-02T10:00:00+08:00",
                    "ended_at": "2026-03-02T10:20:00+08:00",
                    "agent": "agent-12",
                    "contact_type": "enquiry",
                    "note": "Asked about the handover date.",
                }
            ]
        }
    )

    channel: Channel
    direction: Direction
    mode: Mode | None = None
    started_at: AwareDatetime
    ended_at: AwareDatetime
    agent: Code
    queue: Code | None = None
    touchpoint: Code | None = None
    contact_type: Code | None = None
    customer_id: CustomerId | None = None
    identifiers: Annotated[list[PresentedIdentifier], Field(max_length=10)] = Field(default_factory=list)
    note: Note | None = None


class WhoseItIs(Body):
    """The customer of a contact, and why one knows."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"customer_id": "0197a3c0-0000-7000-8000-000000000001", "reason": "He said his member number."}]
        }
    )

    customer_id: CustomerId
    reason: Reason


@router.get("/interactions", allow=Scope("interactions:read"), errors=[Invalid], summary="List interactions")
async def list_interactions(filters: Filters, paging: Paging, call: Call[InteractionsWork]) -> Page[InteractionView]:
    """By the time of their start, the latest first; `sort=started_at` for the oldest first."""
    since, until = period(filters.from_, filters.to, zone_of(filters.tz))
    wanted = Wanted(
        customer=filters.customer,
        channel=filters.channel,
        agent=filters.agent,
        queue=filters.queue,
        state=filters.state,
        outcome=filters.outcome,
        contact_type=filters.contact_type,
        flag=filters.flag,
        since=since,
        until=until,
    )
    return await call.read(read_interactions.list_interactions, wanted, paging, view)


@router.get("/interactions/{interaction_id}", allow=Scope("interactions:read"), errors=[NotFound], summary="One interaction")
async def show_interaction(interaction_id: InteractionId, call: Call[InteractionsWork]) -> InteractionDetail:
    """With its segments, in order, as the source measured them."""
    clear = call.actor.level >= Level.CLEAR
    shown = await call.read(read_interactions.show_interaction, interaction_id, clear=clear)
    return detail(shown)


@router.post(
    "/interactions",
    allow=Scope("interactions:write"),
    errors=[Invalid, Conflict],
    status=201,
    summary="Write an interaction down by hand",
)
async def enter(body: NewInteraction, call: Call[InteractionsWork]) -> InteractionDetail:
    """For contacts that no system reports: visits, letters, talks. It is published like any other."""
    entry = Entry(
        channel=body.channel,
        direction=body.direction,
        mode=body.mode,
        started_at=body.started_at,
        ended_at=body.ended_at,
        agent=body.agent,
        queue=body.queue,
        touchpoint=body.touchpoint,
        contact_type=body.contact_type,
        customer_id=body.customer_id,
        identifiers=tuple(body.identifiers),
        note=body.note,
    )
    made = await call.run(enter_interaction, entry)
    call.headers["Location"] = f"/interactions/v1/interactions/{made}"
    return detail(await call.read(read_interactions.show_interaction, made, clear=False))


@router.post(
    "/interactions/{interaction_id}:link-customer",
    allow=Scope("interactions:write", level=2),
    errors=[NotFound, VersionConflict, Conflict],
    summary="Say whose contact it is",
)
async def link(interaction_id: InteractionId, body: WhoseItIs, call: Call[InteractionsWork]) -> InteractionDetail:
    """A person's word; an identification by Profiles does not overrule it. Saying the same again changes nothing."""
    await call.run(link_customer, interaction_id, body.customer_id, body.reason)
    return detail(await call.read(read_interactions.show_interaction, interaction_id, clear=False))


def view(row: Mapping[str, Any]) -> InteractionView:
    """A row of the list."""
    return InteractionView.model_validate({**row, "durations": _durations(row)})


def detail(shown: read_interactions.Detail) -> InteractionDetail:
    """One, with what belongs to it."""
    row = shown.row
    return InteractionDetail.model_validate(
        {**row, "durations": _durations(row), "has_note": shown.has_note, "note": shown.note}
    )


def _durations(row: Mapping[str, Any]) -> Durations:
    return Durations(**{name: row[f"{name}_seconds"] for name in Durations.model_fields})
