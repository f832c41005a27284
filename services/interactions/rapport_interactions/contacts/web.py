"""Interactions over HTTP: list, show, enter by hand, link to a customer, and the history of what people did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field
from rapport_chassis.lists import Page, Paging
from rapport_chassis.security.kinds import Kind, personal
from rapport_chassis.security.scopes import Scope
from rapport_chassis.vault import Erased
from rapport_chassis.web.call import Call
from rapport_chassis.web.for_reader import Masked
from rapport_chassis.web.histories import history_route, verify_route
from rapport_chassis.web.operations import On, always
from rapport_chassis.web.router import Router
from rapport_chassis.web.values import acted_on, known
from rapport_chassis.web.views import Allowed, View
from rapport_chassis.work import Work
from rapport_contracts.fields import CustomerId, InteractionId, UtcTime
from rapport_contracts.interactions.contacts import Durations
from rapport_contracts.interactions.inbound import SegmentKind
from rapport_contracts.interactions.vocabulary import ContactMode, ContactOutcome, ContactState, LinkRule
from rapport_contracts.vocabulary import Channel, Direction
from rapport_kernel.errors import NotFound, VersionConflict

from rapport_interactions.contacts.domain.fold import FLAGS
from rapport_interactions.contacts.domain.life import Contact
from rapport_interactions.contacts.store.lists import RECENT, Contacts, InteractionFilters, find_interactions
from rapport_interactions.contacts.usecases.by_hand import Detail, NewInteraction, enter_interaction, read_interaction
from rapport_interactions.contacts.usecases.link_customers import LinkCustomer, link_customer

router = Router(tags=["interactions"], about="Contacts with customers: find, read, enter and link them.")
READ = Scope("interactions:read")
PATH = "/interactions/{interaction_id}"


class SegmentView(View):
    """A part of the contact. `seconds` is null while it lasts, and negative when the clock of the source was wrong."""

    kind: Annotated[str, known(SegmentKind)]
    started_at: UtcTime
    ended_at: UtcTime | None
    seconds: float | None
    queue: str | None
    agent: str | None


class InteractionView(View):
    """A contact as it is known now. Seconds; times UTC."""

    id: InteractionId
    version: int
    updated_at: UtcTime = Field(description="When it was last written.")
    state: Annotated[str, known(ContactState)]
    source: str
    call_id: str
    channel: Annotated[str, known(Channel)]
    direction: Annotated[str, known(Direction)]
    mode: Annotated[str, known(ContactMode)]
    outcome: Annotated[str, known(ContactOutcome)]
    customer_id: CustomerId | None
    link_rule: Annotated[str | None, known(LinkRule)] = Field(
        description="how the customer is known: kind of identifier, by_hand, conflict_resolved"
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
    flags: Annotated[list[str], known(FLAGS)]
    allowed: Annotated[Allowed, acted_on(Contact)]


class InteractionDetail(InteractionView):
    """A contact with its segments. The note of the agent is shown from access level 2 on, numbers in it masked below level
    4; reading it is audited."""

    segments: list[SegmentView]
    has_note: bool
    note: Annotated[str | None, personal(Kind.NOTE)]
    masked: Masked


@router.get("/interactions", allow=READ, summary="List interactions")
async def list_interactions(
    filters: InteractionFilters, paging: Annotated[Paging, RECENT], call: Call[Work]
) -> Page[InteractionView]:
    """By the time of their start, the latest first."""
    return (await call.read(find_interactions, filters, paging)).map(lambda row: _view(row._asdict(), call))


@router.get(PATH, allow=READ, errors=[NotFound], summary="Show an interaction")
async def show_interaction(interaction_id: InteractionId, call: Call[Work]) -> InteractionDetail:
    """With its segments in order, as the source measured them."""
    return _detail(await call.read(read_interaction, interaction_id, note=True), call)


@router.post(
    "/interactions",
    allow=Scope("interactions:write"),
    errors=[Erased, "end-before-start", "too-long-ago", "in-the-future"],
    status=201,
    summary="Enter an interaction by hand",
)
async def enter(body: NewInteraction, call: Call[Work]) -> InteractionDetail:
    """For contacts that no system reports: visits, letters, conversations. It is published like any other."""
    interaction_id = await call.run(enter_interaction, body)
    return _detail(await call.read(read_interaction, interaction_id, note=False), call)


@router.post(
    f"{PATH}:link-customer",
    allow=Scope("interactions:write", level=2),
    errors=[NotFound, VersionConflict],
    summary="Link an interaction to a customer",
    on=On(Contact, when=always),
)
async def link(interaction_id: InteractionId, body: LinkCustomer, call: Call[Work]) -> InteractionDetail:
    """A person says whose contact it is; an identification by Profiles does not override that. Repeating it changes
    nothing but the history.
    """
    await call.run(link_customer, interaction_id, body)
    return _detail(await call.read(read_interaction, interaction_id, note=False), call)


HISTORY = (
    "get_interaction_history",
    "History of an interaction",
    "Only the acts of people: who entered it, and who linked it. Everything else is in its events. Notes from level 2 on.",
)
VERIFY = (
    "verify_interaction_history",
    "Verify the history of an interaction",
    "Every link of the chain is computed again, notes are compared with their digests, rows with the audit trail.",
)
history_route(router, PATH, Contacts, READ, HISTORY)
verify_route(router, f"{PATH}/history:verify", Contacts, READ, VERIFY)


def _view(row: Mapping[str, Any], call: Call[Work]) -> InteractionView:
    return InteractionView.model_validate({**row, **_more(row, call)})


def _detail(shown: Detail, call: Call[Work]) -> InteractionDetail:
    row = shown.row
    more = {"has_note": shown.has_note, "note": shown.note}
    return InteractionDetail.model_validate({**row, **_more(row, call), **more})


def _more(row: Mapping[str, Any], call: Call[Work]) -> dict[str, Any]:
    return {"durations": _durations(row), "allowed": call.allowed(row, Contact)}


def _durations(row: Mapping[str, Any]) -> Durations:
    return Durations(**{name: row[f"{name}_seconds"] for name in Durations.model_fields})
