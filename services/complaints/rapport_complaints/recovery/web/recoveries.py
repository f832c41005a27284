"""Recovery cases (S53, S54, S65-S67): confirm a failure, plan, judge the plan, tell the customer, do it, ask them.

All actions answer the case with its new version, take If-Match, and refuse with 409 what the state does not allow.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field
from rapport_chassis.web import Call, Names, Person, Resource, Router, Scope, View
from rapport_chassis.web.histories import HISTORY, VERIFY
from rapport_chassis.web.values import acted_on, known
from rapport_chassis.web.views import Allowed, shown_as
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import RemedyKind
from rapport_contracts.fields import UtcTime
from rapport_contracts.vocabulary import Metric

from rapport_complaints.access import READ
from rapport_complaints.cases.domain.data import AuthorityExceeded
from rapport_complaints.cases.domain.refusals import ApproverInvolved, ConflictOfInterest
from rapport_complaints.recovery import usecases
from rapport_complaints.recovery.domain.case import (
    RECOVERY_LIFE,
    AcceptanceMissing,
    OfferLapsed,
    RecoveryCase,
    in_time,
    may_execute,
    may_judge_case,
    may_take_part,
)
from rapport_complaints.recovery.domain.policies import BudgetExhausted
from rapport_complaints.recovery.store.lists import BY_TIME_IDENTIFIED, RecoveryFilters
from rapport_complaints.recovery.store.recoveries import Recoveries

router = Router(tags=["recovery"])
RECOVER = Scope("complaints:recover")
APPROVE = Scope("complaints:approve", level=2)


class RecoveryView(View):
    """A recovery case. `version` is its ETag. Its money is in
    `/compensations`."""

    id: UUID
    version: int
    updated_at: UtcTime = Field(description="When it was last written.")
    number: str = Field(examples=["S2026-000042"])
    state: Annotated[str, known(RECOVERY_LIFE)] = Field(examples=["approved"])
    allowed: Annotated[Allowed, acted_on(RecoveryCase)]
    failure: str
    category: str
    unit: str | None
    customer_id: UUID | None
    complaint_id: UUID | None
    subject_staff: list[Person]
    participants: list[Person] = Field(description="Took part in it and may not judge it.")
    plan: int = Field(description="Plans made so far.")
    remedies: Annotated[list[str], known(RemedyKind)] = Field(
        description="Of the present plan.", examples=[["apology", "refund"]]
    )
    proposed_by: Person | None
    approved_by: Person | None
    authority_version: int | None = Field(description="Of the limits under which it was proposed or approved.")
    policy_version: int | None = Field(description="Of the recovery policy under which it was approved.")
    identified_at: UtcTime
    proposed_at: UtcTime | None
    approved_at: UtcTime | None
    expires_at: UtcTime | None = Field(description="When the offer lapses; null once it cannot.")
    offered_at: UtcTime | None
    accepted_at: UtcTime | None
    executed_at: UtcTime | None
    asked: UUID | None = Field(description="The invitation to the survey that was answered.")
    metric: Annotated[str | None, known(Metric)]
    value: float | None = Field(description="The customer's answer.")
    judged_at: UtcTime | None
    ended_at: UtcTime | None
    names: Names


recovery_view = shown_as(RecoveryView)


@router.post(
    "/recovery-cases",
    allow=RECOVER,
    errors=["in-the-future", "too-long-ago", "unknown-complaint", "nobody-concerned", "category-missing"],
    status=201,
    summary="Confirm a failure that is to be put right",
)
async def post_recovery(body: usecases.NewRecovery, call: Call[Work]) -> RecoveryView:
    """Out of a complaint, or for a customer who has not complained. Staff whom it is about cannot open it (409
    `conflict-of-interest`, 回避)."""
    case = await call.run(usecases.identify_recovery, body)
    return recovery_view(case, call)


# fmt: off
of = Resource(router, "/recovery-cases/{recovery_id}", ("recovery case", "recovery cases"), RecoveryView, Recoveries,
              read=READ)
of.lists(RecoveryFilters, BY_TIME_IDENTIFIED,
         ("get_recoveries", "List recovery cases",
          "Cases that match all filters, the newest first; sort by `identified_at` or `number`."))
of.shows(("get_recovery", "Show a recovery case", "As it is now."))
of.history(("get_recovery_history", "History of a recovery case", HISTORY))
of.verifies(("verify_recovery_history", "Verify the history of a recovery case", VERIFY))
of.action("propose", usecases.propose_recovery, RECOVER, "Plan what is done for the customer",
          "Its money is reserved from every budget that it is paid from (409 `budget-exhausted`). Within the authority of "
          "its proposer, or without money, it is approved at once; above that it waits for somebody who may award so much. "
          "A plan that nobody may award is refused (409 `authority-exceeded`).",
          ConflictOfInterest, AuthorityExceeded, BudgetExhausted,
          "amount-and-currency", "remedies-missing", "remedy-twice", "amount-missing", "remedy-without-money",
          "nothing-awarded", name="post_propose_recovery",
          when=may_take_part)
of.action("approve", usecases.approve_recovery, APPROVE, "Approve a plan",
          "By somebody who may award so much and who neither proposed it, took part in the case, handles its complaint, nor "
          "is the subject of it (409 `approver-involved`, 回避). The customer then has `claim_days` to accept it.",
          ApproverInvolved, AuthorityExceeded, name="post_approve_recovery", when=may_judge_case)
of.action("reject", usecases.reject_recovery, APPROVE, "Do not approve a plan",
          "By those who may approve it. The money is free again; another plan can be made.",
          ApproverInvolved, name="post_reject_recovery", when=may_judge_case)
of.step("offer", RecoveryCase.offer, usecases.Offer, RECOVER, "Tell the customer",
        "What is done for them (客户知情, S54, S66); they may be told again.", OfferLapsed, name="post_offer_recovery",
        when=in_time)
of.step("record-choice", RecoveryCase.choose, usecases.CustomerChoice, RECOVER, "The customer accepts or declines",
        "S53. An accepted plan no longer lapses; declining one frees its money, and another plan can be made.",
        OfferLapsed, name="post_record_choice", moves=("accept", "decline"))
of.step("execute", RecoveryCase.execute, usecases.Execution, RECOVER, "It was done, and paid",
        "Each award becomes a payment in the ledger. Money needs the customer's acceptance (409 `acceptance-missing`); an "
        "apology or an explanation needs none. The customer is then asked by a survey (S67).",
        AcceptanceMissing, OfferLapsed, name="post_execute_recovery", when=may_execute)
of.action("record-verdict", usecases.record_verdict, RECOVER, "The customer's verdict when asked in person",
          "Reported by somebody who took no part in it (409 `approver-involved`). A customer who is not content can get "
          "another plan.",
          ApproverInvolved, name="post_record_verdict", moves=("verify", "fail"), when=may_judge_case)
of.step("withdraw", RecoveryCase.withdraw, usecases.RecoveryWithdrawal, RECOVER, "Take a plan back",
        "Before it was done; the money is free again.", name="post_withdraw_recovery")
of.step("close", RecoveryCase.close, usecases.RecoveryClosing, RECOVER, "Close a recovery case",
        "When nothing is promised and not done; the state it is closed from is its outcome.", name="post_close_recovery")
# fmt: on
