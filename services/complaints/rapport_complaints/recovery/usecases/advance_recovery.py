"""Everything that happens to a plan once it counts. Each answers the case, and raises NotFound, NotAllowed, VersionConflict,
and Invalid for a time that cannot be."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.timers import Timer
from rapport_chassis.work import Work
from rapport_contracts.fields import Code
from rapport_contracts.money import Amount
from rapport_kernel.errors import NotFound
from rapport_kernel.history import Act
from rapport_kernel.money import Money

from rapport_complaints.recovery.domain.recovery import RecoveryCase
from rapport_complaints.recovery.domain.recovery_life import CLAIMABLE
from rapport_complaints.recovery.store.money import left_of_payments
from rapport_complaints.recovery.store.recoveries import Recoveries
from rapport_complaints.recovery.store.recovery_lists import case_of
from rapport_complaints.recovery.usecases.plan_recovery import judged


class Offer(Command):
    """By what means the customer was told; what was said is the note."""

    model_config = example({"method": "phone", "note": "Told her that the price is refunded this week."})

    method: Code


class CustomerChoice(Command):
    """Whether the customer takes it; his words are the note."""

    model_config = example({"accepted": True})

    accepted: bool


class Execution(Command):
    """Nothing but the circumstances."""

    model_config = example({"note": "Paid by bank transfer."})


class CustomerVerdict(Command):
    """What the customer said when he was asked by hand whether he is content."""

    model_config = example({"content": True, "note": "She thanked us."})

    content: bool


class RecoveryWithdrawal(Command):
    """Why the plan is taken back."""

    model_config = example({"reason": "wrong-amount"})

    reason: Code


class RecoveryClosing(Command):
    """Nothing but the circumstances."""


class Reversal(Command):
    """How much of what was paid came back, and why."""

    model_config = example({"amount": "120.00", "reason": "paid-twice"})

    amount: Amount = Field(description="In the currency of the compensation; at most what is left of it.")
    reason: Code


async def offer_recovery(work: Work, recovery_id: UUID, command: Offer) -> RecoveryCase:
    """The customer is told. Raises OfferLapsed."""
    case, act = await load_for_command(work, Recoveries, recovery_id, command)
    case.offer(act, command.method)
    return case


async def record_choice(work: Work, recovery_id: UUID, command: CustomerChoice) -> RecoveryCase:
    """He takes it or not. Raises OfferLapsed."""
    case, act = await load_for_command(work, Recoveries, recovery_id, command)
    if command.accepted:
        case.accept(act)
    else:
        case.decline(act)
    return case


async def execute_recovery(work: Work, recovery_id: UUID, command: Execution) -> RecoveryCase:
    """It was done, and paid. Raises AcceptanceMissing, OfferLapsed."""
    case, act = await load_for_command(work, Recoveries, recovery_id, command)
    case.execute(act)
    return case


async def record_verdict(work: Work, recovery_id: UUID, command: CustomerVerdict) -> RecoveryCase:
    """He was asked by hand. Raises ApproverInvolved."""
    case, act, _ = await judged(work, recovery_id, command)
    case.judge(act, command.content)
    return case


async def withdraw_recovery(work: Work, recovery_id: UUID, command: RecoveryWithdrawal) -> RecoveryCase:
    """The plan is taken back before it was done."""
    case, act = await load_for_command(work, Recoveries, recovery_id, command)
    case.withdraw(act, command.reason)
    return case


async def close_recovery(work: Work, recovery_id: UUID, command: RecoveryClosing) -> RecoveryCase:
    """Nothing more is done."""
    case, act = await load_for_command(work, Recoveries, recovery_id, command)
    case.close(act)
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
    """End the offers of a set of timers that nobody took, each at its exact time, however late the timer fires."""
    cases = await work.store(Recoveries).get_many([UUID(timer.key) for timer in timers], for_update=True)
    for case in cases.values():
        if case.state in CLAIMABLE and case.expires_at is not None and case.expires_at <= work.now:
            at = max(case.expires_at, case.last_at)
            case.expire(Act(at=at, recorded_at=work.now, by=str(work.actor), reason="expired"))
