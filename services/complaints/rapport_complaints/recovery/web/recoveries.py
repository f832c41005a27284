"""Recovery cases (S53, S54, S65-S67): confirm a failure, plan, judge the plan, tell the customer, do it, ask him.

All actions answer the case with its new version, take If-Match, and refuse with 409 what the state does not allow.
"""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.lists import Page, Paging
from rapport_chassis.web import Actions, Call, Router, Scope
from rapport_chassis.web.histories import HISTORY, history_route
from rapport_chassis.work import Work
from rapport_kernel.errors import Conflict, Invalid, NotFound

from rapport_complaints.access import READ, REFUSALS
from rapport_complaints.cases.domain.authority import AuthorityExceeded
from rapport_complaints.cases.domain.refusals import ApproverInvolved, ConflictOfInterest
from rapport_complaints.recovery.domain.recovery import AcceptanceMissing, OfferLapsed
from rapport_complaints.recovery.domain.recovery_data import BudgetExhausted
from rapport_complaints.recovery.store.recoveries import Recoveries
from rapport_complaints.recovery.store.recovery_lists import RecoveryFilters, compensations_of, find_recoveries
from rapport_complaints.recovery.usecases import advance_recovery as advance
from rapport_complaints.recovery.usecases import plan_recovery as plan
from rapport_complaints.recovery.usecases.identify_recovery import NewRecovery, identify_recovery
from rapport_complaints.recovery.web.recovery_views import CompensationView, RecoveryView, recovery_view

router = Router(tags=["recovery"])
RECOVER = Scope("complaints:recover")
APPROVE = Scope("complaints:approve", level=2)


@router.post(
    "/recovery-cases",
    allow=RECOVER,
    errors=[Invalid, Conflict],
    status=201,
    summary="Confirm a failure that is to be put right",
)
async def post_recovery(body: NewRecovery, call: Call[Work]) -> RecoveryView:
    """Out of a complaint, or for a customer who has not complained. Whom it is about does not open it (409
    `conflict-of-interest`, 回避)."""
    case = await call.run(identify_recovery, body)
    call.headers["Location"] = f"/complaints/v1/recovery-cases/{case.id}"
    return recovery_view(case)


@router.get("/recovery-cases", allow=READ, errors=[Invalid], summary="List recovery cases")
async def get_recoveries(filters: RecoveryFilters, paging: Paging, call: Call[Work]) -> Page[RecoveryView]:
    """Cases that match all filters, the newest first; sort by `identified_at` or `number`."""
    return (await call.read(find_recoveries, filters, paging)).map(recovery_view)


@router.get("/recovery-cases/{recovery_id}", allow=READ, errors=[NotFound], summary="Show a recovery case")
async def get_recovery(recovery_id: UUID, call: Call[Work]) -> RecoveryView:
    """As it is now."""
    return recovery_view(await (await call.work()).store(Recoveries).get(recovery_id))


@router.get("/recovery-cases/{recovery_id}/compensations", allow=READ, errors=[NotFound], summary="The money of a case")
async def get_recovery_compensations(recovery_id: UUID, call: Call[Work]) -> Page[CompensationView]:
    """Of all its plans, in their order, with the sums of the ledger."""
    await (await call.work()).store(Recoveries).get(recovery_id)
    rows = await call.read(compensations_of, recovery_id)
    return Page(items=[CompensationView.model_validate(row) for row in rows])


history_route(
    router,
    "/recovery-cases/{recovery_id}",
    Recoveries,
    READ,
    ("get_recovery_history", "History of a recovery case", HISTORY),
)


# fmt: off
on = Actions(router, "/recovery-cases/{recovery_id}", recovery_view, REFUSALS)
on("propose", plan.propose_recovery, RECOVER, "Plan what is done for the customer",
   "Its money is reserved from every budget that it is paid from (409 `budget-exhausted`). Within the authority of whoever "
   "proposes it, or without money, it is approved at once; above it waits for somebody who may award so much. What nobody "
   "may award is refused (409 `authority-exceeded`).",
   ConflictOfInterest, AuthorityExceeded, BudgetExhausted, name="post_propose_recovery")
on("approve", plan.approve_recovery, APPROVE, "Approve a plan",
   "By somebody who may award so much, and neither proposed it, nor had a part in the case, nor handles its complaint, "
   "nor is whom it is about (409 `approver-involved`, 回避). The customer then has `claim_days` to take it.",
   ApproverInvolved, AuthorityExceeded, name="post_approve_recovery")
on("reject", plan.reject_recovery, APPROVE, "Do not approve a plan",
   "By the same who may approve. The money is free again; another plan can be made.",
   ApproverInvolved, name="post_reject_recovery")
on("offer", advance.offer_recovery, RECOVER, "Tell the customer",
   "What is done for him (客户知情, S54, S66); may be told again.", OfferLapsed, name="post_offer_recovery")
on("record-choice", advance.record_choice, RECOVER, "The customer takes it, or not",
   "S53. What he takes does not lapse any more; what he declines frees its money, and another plan can be made.",
   OfferLapsed)
on("execute", advance.execute_recovery, RECOVER, "It was done, and paid",
   "Each award becomes a payment in the ledger. Money needs the customer's acceptance (409 `acceptance-missing`); an "
   "apology or an explanation needs none. Then he is asked by a survey (S67).",
   AcceptanceMissing, OfferLapsed, name="post_execute_recovery")
on("record-verdict", advance.record_verdict, RECOVER, "What the customer said when asked by hand",
   "Reported by somebody who had no part in it (409 `approver-involved`). Whoever is not content can get another plan.",
   ApproverInvolved)
on("withdraw", advance.withdraw_recovery, RECOVER, "Take a plan back",
   "Before it was done; the money is free again.", name="post_withdraw_recovery")
on("close", advance.close_recovery, RECOVER, "Close a recovery case",
   "When nothing is promised and not done; the state it is closed from is its outcome.", name="post_close_recovery")
# fmt: on
