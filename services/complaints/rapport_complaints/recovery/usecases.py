"""Recovery cases: confirm a failure, plan remedies and judge the plan, then what happens to it: commands, the end of an
offer, answers to surveys."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from rapport_chassis.bodies import Body
from rapport_chassis.commands import Command, act_of, example, load_for_command
from rapport_chassis.listens import Message
from rapport_chassis.timers import Timer
from rapport_chassis.work import Work
from rapport_contracts.codes import NewCode, NewStaffId
from rapport_contracts.complaints.vocabulary import RemedyKind
from rapport_contracts.fields import CustomerId
from rapport_contracts.money import Amount, Currency
from rapport_contracts.satisfaction.scores import SatisfactionScored
from rapport_contracts.satisfaction.vocabulary import Band
from rapport_kernel.errors import Invalid, NotFound
from rapport_kernel.history import Act
from rapport_kernel.ids import new_id
from rapport_kernel.money import Money

from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.store.versions import AUTHORITY_POLICIES
from rapport_complaints.cases.usecases.filing import OLDEST
from rapport_complaints.recovery.domain.case import Answer, RecoveryCase
from rapport_complaints.recovery.domain.compensation import Remedy
from rapport_complaints.recovery.store.lists import case_of
from rapport_complaints.recovery.store.recoveries import (
    COMPENSATION_BUDGETS,
    RECOVERY_POLICIES,
    Recoveries,
    hold_budgets,
    left_of_payments,
    used,
    waiting_for,
)
from rapport_complaints.schema import next_number


class NewRecovery(Command):
    """What went wrong, as a code; the note says it in words. Category, unit and staff are those of the complaint unless they
    are given."""

    model_config = example(
        {"complaint_id": "018f6b1e-e6d3-7ad6-8bf9-10a6e0eb5bc8", "failure": "late-delivery", "note": "Four days too late."}
    )

    failure: NewCode = Field(examples=["late-delivery"])
    complaint_id: UUID | None = Field(default=None, description="Null: nobody complained; then give the customer.")
    customer_id: CustomerId | None = Field(default=None, description="Null: that of the complaint.")
    category: NewCode | None = None
    unit: NewCode | None = Field(default=None, description="The unit at fault; awards are paid from its budget.")
    subject_staff: list[NewStaffId] = Field(default_factory=list, max_length=50, description="Whom it is about, opaque ids.")


async def identify_recovery(work: Work, command: NewRecovery) -> RecoveryCase:
    """The case (S65). Raises ConflictOfInterest; Conflict `erased`; Invalid `unknown-complaint`, `nobody-concerned`
    without complaint and customer, `category-missing`, `in-the-future`, `too-long-ago`."""
    at = command.at or work.now
    if at < work.now - OLDEST:
        raise Invalid.at("at", "too-long-ago", years=5)
    complaint = None
    if command.complaint_id is not None:
        complaint = (await work.store(Complaints).get_many([command.complaint_id])).get(command.complaint_id)
        if complaint is None:
            raise Invalid.at("complaint_id", "unknown-complaint")
    elif command.customer_id is None:
        raise Invalid.at("customer_id", "nobody-concerned")
    category = command.category or (complaint.category if complaint else None)
    if category is None:
        raise Invalid.at("category", "category-missing")
    case_id = new_id()
    customer_id = command.customer_id or (complaint.customer_id if complaint else None)
    case = RecoveryCase(
        id=case_id,
        number=await next_number(work, "S", at.year, "recovery_numbers"),
        failure=command.failure,
        category=category,
        unit=command.unit or (complaint.subject_unit if complaint else None),
        identified_at=at,
        last_at=at,
        keyed_by=customer_id or case_id,
        customer_id=customer_id,
        complaint_id=command.complaint_id,
        subject_staff=sorted({*command.subject_staff, *(complaint.subject_staff if complaint else [])}),
    )
    if customer_id is not None:
        await work.vault.open_for([customer_id])  # nothing is opened for customers whose data was erased
    case.identify(await act_of(work, case, command))
    return work.store(Recoveries).add(case)


class PlannedRemedy(Body):
    """One thing that is done. A refund and goodwill need an amount; an apology and an explanation have none."""

    kind: RemedyKind
    amount: Amount | None = None
    currency: Currency | None = None


class RecoveryPlan(Command):
    """What is done for the customer, and why."""

    model_config = example(
        {
            "remedies": [{"kind": "apology"}, {"kind": "refund", "amount": "120.00", "currency": "CNY"}],
            "reason": "late-delivery",
        }
    )

    remedies: list[PlannedRemedy] = Field(min_length=1, max_length=10)
    reason: NewCode


class PlanApproval(Command):
    """That the plan is approved."""

    model_config = example({"note": "As agreed with the unit."})


class PlanRejection(Command):
    """Why the plan is not approved."""

    model_config = example({"reason": "too-much"})

    reason: NewCode


async def propose_recovery(work: Work, recovery_id: UUID, command: RecoveryPlan) -> RecoveryCase:
    """Its money is reserved from all budgets that it is paid from. Within the authority of its proposer it is approved at
    once. Raises ConflictOfInterest, AuthorityExceeded, BudgetExhausted."""
    case, act, _ = await load_to_judge(work, recovery_id, command)
    authority = await work.store(AUTHORITY_POLICIES).current()
    alone = case.propose(act, work.actor.level, [_remedy(each) for each in command.remedies], authority)
    if case.total is not None:
        await _ensure_budgets(work, case, case.total)
    if alone:
        case.approve_alone(act, await work.store(RECOVERY_POLICIES).current())
    return case


async def approve_recovery(work: Work, recovery_id: UUID, command: PlanApproval) -> RecoveryCase:
    """Raises ApproverInvolved, AuthorityExceeded."""
    case, act, involved = await load_to_judge(work, recovery_id, command)
    case.approve(
        act,
        work.actor.level,
        await work.store(AUTHORITY_POLICIES).current(),
        await work.store(RECOVERY_POLICIES).current(),
        involved,
    )
    return case


async def reject_recovery(work: Work, recovery_id: UUID, command: PlanRejection) -> RecoveryCase:
    """Raises ApproverInvolved."""
    case, act, involved = await load_to_judge(work, recovery_id, command)
    case.reject(act, command.reason, involved)
    return case


async def load_to_judge(work: Work, recovery_id: UUID, command: Command) -> tuple[RecoveryCase, Act, list[str]]:
    """The case, the circumstances, the handlers of its complaint; the case also learns whom the complaint is now about."""
    case = await work.store(Recoveries).get(recovery_id, for_update=True)
    linked = await work.store(Complaints).get_many([case.complaint_id] if case.complaint_id is not None else [])
    involved: list[str] = []
    for complaint in linked.values():
        case.subject_staff = sorted({*case.subject_staff, *complaint.subject_staff})
        involved = [*complaint.handlers, *([complaint.assignee] if complaint.assignee else [])]
    return case, await act_of(work, case, command), involved


async def _ensure_budgets(work: Work, case: RecoveryCase, total: Money) -> None:
    """Of two transactions the second waits for a budget, and then sees what the first one took. The case's own new awards
    are not in the ledger yet."""
    in_force = await work.store(COMPENSATION_BUDGETS).in_force(work.now)
    budgets = [each for each in in_force if each.body.covers(case.unit, case.category, total.currency)]
    await hold_budgets(work, [each.code for each in budgets])
    for each in budgets:
        each.body.demand_room(await used(work, each.body, work.now), total)


def _remedy(planned: PlannedRemedy) -> Remedy:
    if (planned.amount is None) != (planned.currency is None):
        raise Invalid.at("remedies", "amount-and-currency")
    if planned.amount is None or planned.currency is None:
        return Remedy(planned.kind)
    return Remedy(planned.kind, Money(planned.currency, planned.amount))


CONTENT = {Band.PROMOTER, Band.SATISFIED, Band.EASY}
"""Bands of a content customer; a neutral answer is not content."""


class Offer(Command):
    """How the customer was told; the note says what was said."""

    model_config = example({"method": "phone", "note": "Told her that the price is refunded this week."})

    method: NewCode


class CustomerChoice(Command):
    """Whether the customer accepts; their words go into the note."""

    model_config = example({"accepted": True})

    accepted: bool


class Execution(Command):
    """That it was done."""

    model_config = example({"note": "Paid by bank transfer."})


class CustomerVerdict(Command):
    """Whether the customer is content, as they said when asked in person."""

    model_config = example({"content": True, "note": "She thanked us."})

    content: bool


class RecoveryWithdrawal(Command):
    """Why the plan is taken back."""

    model_config = example({"reason": "wrong-amount"})

    reason: NewCode


class RecoveryClosing(Command):
    """That nothing more is done."""


class Reversal(Command):
    """How much of a payment came back, and why."""

    model_config = example({"amount": "120.00", "reason": "paid-twice"})

    amount: Amount = Field(description="In the currency of the compensation; at most what is left of it.")
    reason: NewCode


async def record_verdict(work: Work, recovery_id: UUID, command: CustomerVerdict) -> RecoveryCase:
    """The customer was asked in person. Raises ApproverInvolved."""
    case, act, _ = await load_to_judge(work, recovery_id, command)
    case.judge(act, command.content)
    return case


async def reverse_compensation(work: Work, compensation_id: UUID, command: Reversal) -> RecoveryCase:
    """Money came back: an entry of the ledger that names the payment. Raises ReversalExceeds."""
    recovery_id = await case_of(work, compensation_id)
    if recovery_id is None:
        raise NotFound
    case, act = await load_for_command(work, Recoveries, recovery_id, command)
    currency = next(award.amount.currency for award in case.awards if award.id == compensation_id)
    left = await left_of_payments(work, recovery_id)
    case.reverse(act, command.reason, compensation_id, Money(currency, command.amount), left)
    return case


async def expire_recoveries(work: Work, timers: list[Timer]) -> None:
    """Let offers lapse that nobody accepted, each at its exact time, however late the timer fires."""
    cases = await work.store(Recoveries).get_many([UUID(timer.key) for timer in timers], for_update=True)
    for case in cases.values():
        lapses_at = case.next_check_at
        if lapses_at is not None and lapses_at <= work.now:
            at = max(lapses_at, case.last_at)
            case.expire(Act(at=at, recorded_at=work.now, by=str(work.actor), reason="expired"))


async def verify_recoveries(work: Work, messages: list[Message[SatisfactionScored]]) -> None:
    """The first answer about a recovery, or about its complaint after it was done, verifies the case or fails it (S67).
    Cases that were judged already, or are not done, stay as they are."""
    found = await waiting_for(work, [message.event for message in messages])
    cases = await work.store(Recoveries).get_many({one for ids in found.values() for one in ids}, for_update=True)
    for message in messages:
        event = message.event
        for recovery_id in found.get(event.invitation_id, []):
            case = cases[recovery_id]
            if case.state != "executed" or case.executed_at is None or event.scored_at < case.executed_at:
                continue
            at = max(event.scored_at, case.last_at)
            act = Act(at=at, recorded_at=work.now, by=str(work.actor), reason="survey")
            case.judge(act, event.band in CONTENT, Answer(event.invitation_id, str(event.metric), event.value))
