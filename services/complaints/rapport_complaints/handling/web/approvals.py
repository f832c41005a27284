"""Proposals that wait for somebody who may promise that much (S59). The list: `GET /complaints?awaiting_approval=true`."""

from __future__ import annotations

from rapport_chassis.web import Actions, Router

from rapport_complaints.access import DECIDE, REFUSALS
from rapport_complaints.cases.domain.authority import AuthorityExceeded
from rapport_complaints.cases.domain.refusals import ApproverInvolved, NoProposalWaits
from rapport_complaints.cases.usecases.propose import approve_proposal, refuse_proposal
from rapport_complaints.cases.web.views import view

router = Router(tags=["authority"])
JUDGED = (*REFUSALS, NoProposalWaits, ApproverInvolved, AuthorityExceeded)


# fmt: off
on = Actions(router, "/complaints/{complaint_id}", view, REFUSALS)
on("approve-proposal", approve_proposal, DECIDE, "Approve the proposal that waits",
   "The customer is offered it. Who approves has the authority for the amount, did not propose it, and it is not about him "
   "(409 `authority-exceeded`, `approver-involved`).", errors=JUDGED)
on("refuse-proposal", refuse_proposal, DECIDE, "Refuse the proposal that waits",
   "With a reason; something else is proposed then.", errors=JUDGED)
# fmt: on
