"""Plan what is done for the customer, and judge the plan. Each raises NotFound, NotAllowed, VersionConflict, Invalid."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from rapport_chassis.bodies import Body
from rapport_chassis.commands import Command, act_of, example
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import RemedyKind
from rapport_contracts.fields import Code
from rapport_contracts.money import Amount, Currency
from rapport_kernel.errors import Invalid
from rapport_kernel.history import Act
from rapport_kernel.money import Money

from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.store.versions import AUTHORITY_POLICIES
from rapport_complaints.recovery.domain.compensation import Remedy
from rapport_complaints.recovery.domain.recovery import RecoveryCase
from rapport_complaints.recovery.store.money import hold_budgets, used
from rapport_complaints.recovery.store.recoveries import Recoveries
from rapport_complaints.recovery.store.versions import COMPENSATION_BUDGETS, RECOVERY_POLICIES


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
    reason: Code


class PlanApproval(Command):
    """Nothing but the circumstances."""

    model_config = example({"note": "As agreed with the unit."})


class PlanRejection(Command):
    """Why not."""

    model_config = example({"reason": "too-much"})

    reason: Code


async def propose_recovery(work: Work, recovery_id: UUID, command: RecoveryPlan) -> RecoveryCase:
    """Its money is reserved from all budgets that it is paid from. Within the authority of whoever proposes it, it is
    approved at once. Raises ConflictOfInterest, AuthorityExceeded, BudgetExhausted."""
    case, act, _ = await judged(work, recovery_id, command)
    authority = await work.store(AUTHORITY_POLICIES).current()
    alone = case.propose(act, work.actor.level, [_remedy(each) for each in command.remedies], authority)
    if case.total is not None:
        await _fits(work, case, case.total)
    if alone:
        case.approve_alone(act, await work.store(RECOVERY_POLICIES).current())
    return case


async def approve_recovery(work: Work, recovery_id: UUID, command: PlanApproval) -> RecoveryCase:
    """Raises ApproverInvolved, AuthorityExceeded."""
    case, act, involved = await judged(work, recovery_id, command)
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
    case, act, involved = await judged(work, recovery_id, command)
    case.reject(act, command.reason, involved)
    return case


async def judged(work: Work, recovery_id: UUID, command: Command) -> tuple[RecoveryCase, Act, list[str]]:
    """The case, the circumstances, and who handles its complaint; whom that is about now is known to the case from here."""
    case = await work.store(Recoveries).get(recovery_id, for_update=True)
    linked = await work.store(Complaints).get_many([case.complaint_id] if case.complaint_id is not None else [])
    involved: list[str] = []
    for complaint in linked.values():
        case.subject_staff = sorted({*case.subject_staff, *complaint.subject_staff})
        involved = [*complaint.handlers, *([complaint.assignee] if complaint.assignee else [])]
    return case, await act_of(work, case, command), involved


async def _fits(work: Work, case: RecoveryCase, total: Money) -> None:
    """Whoever comes second to a budget waits, and then sees what the first one took. A case's own new awards are not in the
    ledger yet."""
    in_force = await work.store(COMPENSATION_BUDGETS).in_force(work.now)
    budgets = [each for each in in_force if each.body.covers(case.unit, case.category, total.currency)]
    await hold_budgets(work, [each.code for each in budgets])
    for each in budgets:
        each.body.demand_room(await used(work, each.body, work.now), total)


def _remedy(planned: PlannedRemedy) -> Remedy:
    if (planned.amount is None) != (planned.currency is None):
        raise Invalid.at("remedies", "amount-and-currency", "An amount has a currency.")
    if planned.amount is None or planned.currency is None:
        return Remedy(planned.kind)
    return Remedy(planned.kind, Money(planned.currency, planned.amount))
