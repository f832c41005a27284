"""What leads a complaint off the straight road: not upheld, duplicate, transferred, appealed, followed up.

As with all actions: each answers the complaint with its new version, takes If-Match, and refuses with 409 what the state
does not allow.
"""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.web import Call, Router, Scope

from rapport_complaints.domain.cases.refusals import (
    AlreadyAppealed,
    ConflictOfInterest,
    DuplicateRefused,
    NoFollowUp,
    NothingToAppeal,
)
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.cases.appeal import Appeal, appeal
from rapport_complaints.usecases.cases.complete_follow_up import FollowUp, complete_follow_up
from rapport_complaints.usecases.cases.decide_appeal import AppealDecision, decide_appeal
from rapport_complaints.usecases.cases.mark_duplicate import Duplicate, mark_duplicate
from rapport_complaints.usecases.cases.reject import Rejection, reject
from rapport_complaints.usecases.cases.transfer import Transfer, transfer
from rapport_complaints.web.cases.actions import DECIDE, HANDLE, REFUSALS
from rapport_complaints.web.cases.views import ComplaintView, view

router = Router(tags=["actions"])
JUDGE = Scope("complaints:decide", level=3)


@router.post(
    "/complaints/{complaint_id}:reject",
    allow=DECIDE,
    errors=(*REFUSALS, ConflictOfInterest),
    summary="Decide that it is not upheld",
)
async def post_reject(complaint_id: UUID, body: Rejection, call: Call[ComplaintsWork]) -> ComplaintView:
    """With its grounds. The customer has to be told (`:give-feedback`) and may appeal then."""
    return view(await call.run(reject, complaint_id, body))


@router.post(
    "/complaints/{complaint_id}:mark-duplicate",
    allow=HANDLE,
    errors=(*REFUSALS, DuplicateRefused),
    summary="Say that it is a duplicate",
)
async def post_mark_duplicate(complaint_id: UUID, body: Duplicate, call: Call[ComplaintsWork]) -> ComplaintView:
    """Of a complaint that is no duplicate itself; it is answered there. Its clocks stop."""
    return view(await call.run(mark_duplicate, complaint_id, body))


@router.post("/complaints/{complaint_id}:transfer", allow=HANDLE, errors=REFUSALS, summary="Hand it over")
async def post_transfer(complaint_id: UUID, body: Transfer, call: Call[ComplaintsWork]) -> ComplaintView:
    """To another organisation or department, which answers for it. Its clocks stop."""
    return view(await call.run(transfer, complaint_id, body))


@router.post(
    "/complaints/{complaint_id}:appeal",
    allow=HANDLE,
    errors=(*REFUSALS, AlreadyAppealed, NothingToAppeal),
    summary="The customer appeals",
)
async def post_appeal(complaint_id: UUID, body: Appeal, call: Call[ComplaintsWork]) -> ComplaintView:
    """Against a proposal, or against what he was told; once for each decision."""
    return view(await call.run(appeal, complaint_id, body))


@router.post(
    "/complaints/{complaint_id}:decide-appeal",
    allow=JUDGE,
    errors=(*REFUSALS, ConflictOfInterest),
    summary="Decide an appeal",
)
async def post_decide_appeal(complaint_id: UUID, body: AppealDecision, call: Call[ComplaintsWork]) -> ComplaintView:
    """Upheld, another handler investigates; dismissed, the decision stands. Whoever handled or decided the complaint is
    refused; the attempt is recorded and published (回避)."""
    return view(await call.run(decide_appeal, complaint_id, body))


@router.post(
    "/complaints/{complaint_id}:complete-follow-up",
    allow=HANDLE,
    errors=(*REFUSALS, NoFollowUp),
    summary="Ask the customer once more",
)
async def post_complete_follow_up(complaint_id: UUID, body: FollowUp, call: Call[ComplaintsWork]) -> ComplaintView:
    """On the day or before it; what came of it."""
    return view(await call.run(complete_follow_up, complaint_id, body))
