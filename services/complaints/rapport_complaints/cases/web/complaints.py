"""Complaints: file, take over from another system, show, list, history, clocks."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field
from rapport_chassis.lists import MOST_COUNTED, Page, Paging
from rapport_chassis.vault import Erased
from rapport_chassis.web import Call, Router, Scope, View
from rapport_chassis.web.histories import HISTORY, history_route
from rapport_chassis.web.values import known
from rapport_chassis.work import Work
from rapport_contracts.fields import UtcTime
from rapport_kernel.business_time import REASONS
from rapport_kernel.errors import NotFound

from rapport_complaints.access import READ
from rapport_complaints.cases.domain.life import LIFE
from rapport_complaints.cases.store.complaints import Complaints, find_similar
from rapport_complaints.cases.store.tables import (
    ORDER,
    ComplaintFilters,
    ComplaintQueue,
    complaint_id_of,
    count_queues,
    find_complaints,
)
from rapport_complaints.cases.usecases.filing import NewComplaint, demand_usable, file_complaint
from rapport_complaints.cases.usecases.import_complaints import Import, import_complaints
from rapport_complaints.cases.usecases.show_complaint import show_complaint
from rapport_complaints.cases.usecases.timing import Explanation, explain_clock
from rapport_complaints.cases.web.views import (
    ClockView,
    ComplaintDetail,
    ComplaintView,
    clock_view,
    detail,
    view,
)

router = Router(tags=["complaints"], about="Complaints: file, find and read them, their clocks and their history.")


class StretchView(View):
    """A piece of time, counted or not. `detail` is the holiday's name or why it was paused."""

    start: UtcTime
    end: UtcTime
    counted: bool
    reason: Annotated[str, known(REASONS)]
    detail: str | None


class ExplanationView(View):
    """A clock, and every stretch from its start to its end or to now. Seconds are counted time."""

    clock: ClockView
    target_seconds: float = Field(description="The limit, with what it was extended by.")
    extension_seconds: float = Field(description="The part of the limit that it was extended by.")
    elapsed_seconds: float = Field(description="The sum of the counted stretches.")
    stretches: list[StretchView]


@router.post(
    "/complaints",
    allow=Scope("complaints:file"),
    errors=[Erased, "received-in-the-future", "received-too-long-ago", "unknown-complaint"],
    status=201,
    summary="File a complaint",
)
async def file(body: NewComplaint, call: Call[Work]) -> ComplaintView:
    """Take a complaint in (S48, S49). Problem and contact are encrypted with the customer's key; two clocks start at the
    time of receipt. Filed out of an interaction, it gets the customer of that interaction, at once or later."""
    demand_usable(body.contact, "contact.")
    complaint = await call.run(file_complaint, body)
    return view(complaint, call)


@router.get("/complaints", allow=READ, summary="List complaints")
async def find(filters: ComplaintFilters, paging: Annotated[Paging, ORDER], call: Call[Work]) -> Page[ComplaintView]:
    """Complaints that match all filters, the newest first; in a queue what is due first comes first."""
    return (await call.read(find_complaints, filters, paging)).map(lambda row: view(row, call))


class QueueView(BaseModel):
    """How many complaints wait in a queue: those that `GET /complaints?queue=` lists."""

    queue: ComplaintQueue
    count: int = Field(description=f"{MOST_COUNTED} at most.")
    count_capped: bool = Field(description="Whether there are more than `count` says.")


class QueuesView(BaseModel):
    """All queues of the caller."""

    queues: list[QueueView]
    as_of: UtcTime


@router.get("/queues", allow=READ, summary="How much waits in each queue")
async def get_queues(call: Call[Work]) -> QueuesView:
    """The caller's own complaints, those of their team, what is late or due within 24 hours, and what nobody answers for."""
    counts = await call.read(count_queues)
    shown = [QueueView(queue=queue, count=count.n, count_capped=count.capped) for queue, count in counts.items()]
    return QueuesView(queues=shown, as_of=(await call.work()).now)


Number = Annotated[str, Field(pattern="^C[0-9]{4}-[0-9]{6,12}$", examples=["C2026-000042"])]


@router.get("/complaints/{complaint_id}", allow=READ, errors=[NotFound], summary="Show a complaint")
async def show(complaint_id: UUID | Number, call: Call[Work]) -> ComplaintDetail:
    """One complaint with its texts, masked by access level; every look is audited (S113). By its id or by its number, such
    as `C2026-000042`; everything else about a complaint takes the id."""
    found = complaint_id if isinstance(complaint_id, UUID) else await call.read(complaint_id_of, complaint_id)
    complaint, texts = await call.run(show_complaint, found)
    return detail(complaint, texts, call)


history_route(router, "/complaints/{complaint_id}", Complaints, READ, ("history", "History of a complaint", HISTORY))


@router.get("/complaints/{complaint_id}/clocks", allow=READ, errors=[NotFound], summary="Clocks of a complaint")
async def clocks(complaint_id: UUID, call: Call[Work]) -> Page[ClockView]:
    """All clocks of all episodes, with their pauses and the due times that held before."""
    complaint = await (await call.work()).store(Complaints).get(complaint_id)
    return Page(items=[clock_view(clock, call) for clock in complaint.clocks])


@router.get("/complaints/{complaint_id}/clocks/{clock_id}:explain", allow=READ, errors=[NotFound], summary="Explain a clock")
async def explain(complaint_id: UUID, clock_id: UUID, call: Call[Work]) -> ExplanationView:
    """Every stretch counted and not counted, with its reason."""
    return explanation_view(await call.read(explain_clock, complaint_id, clock_id), call)


def explanation_view(told: Explanation, call: Call[Any]) -> ExplanationView:
    """An explained clock."""
    return ExplanationView(
        clock=clock_view(told.clock, call),
        target_seconds=told.target_seconds,
        extension_seconds=told.extension_seconds,
        elapsed_seconds=told.elapsed_seconds,
        stretches=[StretchView.model_validate(stretch) for stretch in told.stretches],
    )


class SimilarView(View):
    """A complaint that may be about the same matter. `reasons`: `same-interaction`, `same-customer`, `same-touchpoint`."""

    id: UUID
    number: str
    state: Annotated[str, known(LIFE)]
    category: str
    touchpoint: str | None
    customer_id: UUID | None
    received_at: UtcTime
    reasons: list[str]


@router.get("/complaints/{complaint_id}/similar", allow=READ, errors=[NotFound], summary="Complaints that may be the same")
async def similar(complaint_id: UUID, call: Call[Work]) -> Page[SimilarView]:
    """Candidates for `:mark-duplicate` and `recurrence_of`, 50 at most: of the same interaction, of the same customer, or
    of the same category at the same touchpoint within `similar_days` of the policy. Duplicates are not among them."""
    found = await call.read(find_similar, complaint_id)
    return Page(items=[SimilarView.model_validate(each) for each in found])


imports = Router(tags=["import"], about="Complaints of another system, taken over.")


class ItemResult(BaseModel):
    """What became of one item, in the order sent."""

    result: Annotated[str, known("accepted", "duplicate", "rejected", name="item-result")]
    reason: str | None = Field(description="Why it was rejected, a code.", examples=["invalid:received_at"])
    complaint_id: UUID | None


class Results(BaseModel):
    """One result for each item."""

    results: list[ItemResult]


@imports.post(
    "/complaints:import",
    allow=Scope("complaints:import"),
    errors=["other-source"],
    max_body=16 * 1024 * 1024,
    summary="Import complaints",
)
async def post_import(body: Import, call: Call[Work]) -> Results:
    """Up to 500 complaints in the state that they have elsewhere. `source` and `ref` are the identity: what is known is a
    duplicate and stays as it is, so an import can be run again. No clock runs for them, no survey asks about them."""
    made = await call.run(import_complaints, body)
    return Results(results=[ItemResult(result=one.result, reason=one.reason, complaint_id=one.complaint_id) for one in made])
