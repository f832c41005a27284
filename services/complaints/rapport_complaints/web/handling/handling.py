"""Who handles a complaint: taking it out of the queue, giving it back. The queues are `GET /complaints?queue=`."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.web import Call, Router

from rapport_complaints.domain.cases.refusals import AlreadyTaken, ConflictOfInterest, NotYours
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.handling.claim import Claim, claim
from rapport_complaints.usecases.handling.release import Release, release
from rapport_complaints.web.cases.actions import HANDLE, REFUSALS
from rapport_complaints.web.cases.views import ComplaintView, view

router = Router(tags=["actions"])


@router.post(
    "/complaints/{complaint_id}:claim",
    allow=HANDLE,
    errors=(*REFUSALS, AlreadyTaken, ConflictOfInterest),
    summary="Take a complaint oneself",
)
async def post_claim(complaint_id: UUID, body: Claim, call: Call[ComplaintsWork]) -> ComplaintView:
    """Who calls answers for it now. Refused when somebody else has it, and for a conflict of interest (回避)."""
    return view(await call.run(claim, complaint_id, body))


@router.post(
    "/complaints/{complaint_id}:release",
    allow=HANDLE,
    errors=(*REFUSALS, NotYours),
    summary="Give a complaint back to the queue",
)
async def post_release(complaint_id: UUID, body: Release, call: Call[ComplaintsWork]) -> ComplaintView:
    """Only who has it can; what was done so far stays."""
    return view(await call.run(release, complaint_id, body))
