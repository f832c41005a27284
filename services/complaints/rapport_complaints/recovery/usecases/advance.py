"""What happens to a plan once it counts: commands, the end of an offer, and answers to surveys."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.listens import Message
from rapport_chassis.timers import Timer
from rapport_chassis.work import Work
from rapport_contracts.fields import Code
from rapport_contracts.money import Amount
from rapport_contracts.satisfaction.scores import SatisfactionScored
from rapport_contracts.satisfaction.vocabulary import Band
from rapport_kernel.errors import NotFound
from rapport_kernel.history import Act
from rapport_kernel.money import Money

from rapport_complaints.recovery.domain.case import Answer, RecoveryCase
from rapport_complaints.recovery.store.lists import case_of
from rapport_complaints.recovery.store.recoveries import Recoveries, left_of_payments, waiting_for
from rapport_complaints.recovery.usecases.plan import load_to_judge

CONTENT = {Band.PROMOTER, Band.SATISFIED, Band.EASY}
"""Bands of a content customer; a neutral answer is not content."""


class Offer(Command):
    """How the customer was told; the note says what was said."""

    model_config = example({"method": "phone", "note": "Told her that the price is refunded this week."})

    method: Code


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

    reason: Code


class RecoveryClosing(Command):
    """That nothing more is done."""


class Reversal(Command):
    """How much of a payment came back, and why."""

    model_config = example({"amount": "120.00", "reason": "paid-twice"})

    amount: Amount = Field(description="In the currency of the compensation; at most what is left of it.")
    reason: Code


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
