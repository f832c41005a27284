"""What people may do to a clock."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.web import Call, Router, Scope
from rapport_chassis.work import Work

from rapport_complaints.access import REFUSALS
from rapport_complaints.cases.domain.refusals import ApproverInvolved, NoExtension
from rapport_complaints.cases.usecases.working import Extension, extend_clock
from rapport_complaints.cases.web.views import ComplaintView, view
from rapport_complaints.clocks.domain.refusals import AlreadyExtended, TooLateToExtend

router = Router(tags=["actions"])


@router.post(
    "/complaints/{complaint_id}/clocks/{clock_id}:extend",
    allow=Scope("complaints:decide", level=3),
    errors=(*REFUSALS, NoExtension, AlreadyExtended, TooLateToExtend, ApproverInvolved),
    summary="Approve that a clock gets more time",
)
async def post_extend(complaint_id: UUID, clock_id: UUID, body: Extension, call: Call[Work]) -> ComplaintView:
    """Once, before it has run out, within what its policy version allows; by somebody who has no part in the complaint. The
    old due time stays known, and `:explain` counts the extension apart."""
    return view(await call.run(extend_clock, complaint_id, clock_id, body))
