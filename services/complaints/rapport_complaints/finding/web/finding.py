"""What was found out about a complaint: the steps with their evidence, the root cause (S51, S52)."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field
from rapport_chassis.histories import IN_ORDER, HistoryFilters
from rapport_chassis.lists import Page, Paging
from rapport_chassis.security.kinds import Kind, personal
from rapport_chassis.web import Actions, Call, Masked, Names, Person, Router
from rapport_chassis.web.values import known
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import CauseMethod, EvidenceKind, InvestigationMethod
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import NotFound

from rapport_complaints.access import HANDLE, READ, REFUSALS
from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.web.views import view
from rapport_complaints.finding.store.findings import find_steps
from rapport_complaints.finding.usecases.investigating import Read, read_root_cause, read_steps, record_step, set_root_cause

router = Router(tags=["finding out"], about="How a complaint was looked into: steps, evidence, cause.")
actions = Router(tags=["actions"])


# fmt: off
on = Actions(actions, "/complaints/{complaint_id}", Complaint, view, REFUSALS)
on("record-step", record_step, HANDLE, "Record a step of the investigation",
   "By talk with the customer, review of records or visit (S51), and what it rests on: contacts, files and communications "
   "of this complaint, other complaints, words.", "unknown-evidence")
on("set-root-cause", set_root_cause, HANDLE, "Say why it happened",
   "The cause, a code of the taxonomy in force, and whether the risk remains (S52, S56); how it was found (five whys, "
   "fishbone), and the risk in detail.", "unknown-cause", "unknown-evidence")
# fmt: on


class EvidenceView(BaseModel):
    """Something that a step rests on: the `id` of a contact, file, communication or complaint, or words (from level 2)."""

    kind: Annotated[str, known(EvidenceKind)] = Field(examples=["interaction"])
    id: UUID | None
    text: Annotated[str | None, personal(Kind.NOTE)]


class InvestigationStepView(BaseModel):
    """One step. `at` is when it was done, `recorded_at` when it was entered; words from level 2 on."""

    id: UUID
    method: Annotated[str, known(InvestigationMethod)]
    at: UtcTime
    recorded_at: UtcTime
    actor: Person
    reason: str | None
    note: Annotated[str | None, personal(Kind.NOTE)]
    evidence: list[EvidenceView]
    names: Names
    masked: Masked


class BranchView(BaseModel):
    """What was found along one bone of the diagram."""

    category: str
    note: Annotated[str | None, personal(Kind.NOTE)]


class RiskView(BaseModel):
    """The latent risk; likelihood and impact in steps from 1 to 5."""

    code: str
    likelihood: int
    impact: int
    owner: Person


class RootCauseView(BaseModel):
    """The root cause as it is now, who said so when, and how it was found; words from level 2 on."""

    cause: str
    cause_version: int | None = Field(description="Of the taxonomy that the cause was taken from.")
    latent_risk: bool
    method: Annotated[str | None, known(CauseMethod)] = Field(examples=["five_whys"])
    whys: Annotated[list[str | None], personal(Kind.NOTE)] = Field(description="In the order in which was asked.")
    branches: list[BranchView]
    risk: RiskView | None
    at: UtcTime
    recorded_at: UtcTime
    actor: Person
    reason: str | None
    note: Annotated[str | None, personal(Kind.NOTE)]
    names: Names
    masked: Masked


@router.get(
    "/complaints/{complaint_id}/investigation",
    allow=READ,
    errors=[NotFound],
    summary="Steps of an investigation, with their evidence",
)
async def get_investigation(
    complaint_id: UUID, filters: HistoryFilters, paging: Annotated[Paging, IN_ORDER], call: Call[Work]
) -> Page[InvestigationStepView]:
    """In the order in which they were entered (S51)."""
    page = await call.read(find_steps, complaint_id, filters, paging)
    steps = await call.run(read_steps, complaint_id, page.items)
    shown = iter([_step(step) for step in steps])
    return page.map(lambda _: next(shown))


@router.get(
    "/complaints/{complaint_id}/root-cause",
    allow=READ,
    errors=[NotFound, "no-root-cause"],
    summary="Root cause of a complaint",
)
async def get_root_cause(complaint_id: UUID, call: Call[Work]) -> RootCauseView:
    """The last one that was set (S52); those before stand in the history. 404 `no-root-cause` while none is known."""
    return _root_cause(await call.run(read_root_cause, complaint_id))


def _who(read: Read) -> dict[str, Any]:
    past = read.past
    return {"at": past.at, "recorded_at": past.recorded_at, "actor": past.actor, "reason": past.reason, "note": read.note}


def _step(read: Read) -> InvestigationStepView:
    evidence = [EvidenceView(kind=piece.kind, id=piece.reference_id, text=words) for piece, words in read.pieces]
    return InvestigationStepView(id=read.past.id, method=read.past.detail["method"], evidence=evidence, **_who(read))


def _root_cause(read: Read) -> RootCauseView:
    detail = read.past.detail
    return RootCauseView(
        cause=detail["cause"],
        cause_version=detail.get("cause_version"),
        latent_risk=detail["latent_risk"],
        method=detail.get("method"),
        whys=[words for piece, words in read.pieces if piece.part == "why"],
        branches=[BranchView(category=piece.kind, note=words) for piece, words in read.pieces if piece.part == "branch"],
        risk=RiskView(**detail["risk"]) if "risk" in detail else None,
        **_who(read),
    )
