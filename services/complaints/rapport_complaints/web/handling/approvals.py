"""Proposals that wait for somebody who may promise that much (S59). The list: `GET /complaints?awaiting_approval=true`."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.web import Call, Router

from rapport_complaints.domain.cases.refusals import ApproverInvolved, NoProposalWaits
from rapport_complaints.domain.handling.authority import AuthorityExceeded
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.cases.propose import ProposalApproval, ProposalRefusal, approve_proposal, refuse_proposal
from rapport_complaints.web.cases.actions import DECIDE, REFUSALS
from rapport_complaints.web.cases.views import ComplaintView, view

router = Router(tags=["authority"])
JUDGED = (*REFUSALS, NoProposalWaits, ApproverInvolved, AuthorityExceeded)


@router.post(
    "/complaints/{complaint_id}:approve-proposal",
    allow=DECIDE,
    errors=JUDGED,
    summary="Approve the proposal that waits",
)
async def post_approve_proposal(complaint_id: UUID, body: ProposalApproval, call: Call[ComplaintsWork]) -> ComplaintView:
    """The customer is offered it. Who approves has the authority for the amount, did not propose it, and it is not about him
    (409 `authority-exceeded`, `approver-involved`)."""
    return view(await call.run(approve_proposal, complaint_id, body))


@router.post(
    "/complaints/{complaint_id}:refuse-proposal",
    allow=DECIDE,
    errors=JUDGED,
    summary="Refuse the proposal that waits",
)
async def post_refuse_proposal(complaint_id: UUID, body: ProposalRefusal, call: Call[ComplaintsWork]) -> ComplaintView:
    """With a reason; something else is proposed then."""
    return view(await call.run(refuse_proposal, complaint_id, body))
