"""Decide a complaint: offer a remedy, alone or with the approval of somebody who may promise that much (S59); not upheld;
what the customer says to a proposal; appeals.
"""

from __future__ import annotations

from typing import Self
from uuid import UUID

from pydantic import Field, model_validator
from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.work import Work
from rapport_contracts.codes import NewCode, NewStaffId
from rapport_contracts.complaints.vocabulary import Appellant, RejectionGround, RemedyKind
from rapport_contracts.fields import WrongValue
from rapport_contracts.money import Amount, Currency
from rapport_contracts.vocabulary import Channel
from rapport_kernel.errors import Invalid
from rapport_kernel.history import Act
from rapport_kernel.money import Money

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.data import AuthorityPolicy, demand_authority, level_needed, may_award
from rapport_complaints.cases.domain.refusals import ConflictOfInterest
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.store.versions import AUTHORITY_POLICIES
from rapport_complaints.cases.usecases.communications import customer_contacted_us
from rapport_complaints.cases.usecases.timing import basis_for


class Proposal(Command):
    """What is offered (S53, S66); the words of the offer are stored encrypted."""

    model_config = example(
        {
            "remedy": "refund",
            "amount": "120.00",
            "currency": "CNY",
            "note": "We refund the price and the postage.",
        }
    )

    remedy: RemedyKind
    note: str = Field(min_length=1, max_length=10_000, description="The offer as it was made.")
    amount: Amount | None = Field(default=None, description="What it costs; null: it costs nothing that has to be promised.")
    currency: Currency | None = Field(default=None, description="Of the amount; given with it, never alone.")
    ask_approval: bool = Field(
        default=False, description="Should it be more than the caller may promise: let it wait for somebody who may."
    )

    @model_validator(mode="after")
    def _something_to_approve(self) -> Self:
        if self.ask_approval and self.amount is None:
            raise WrongValue("nothing-to-approve")
        return self


class ProposalApproval(Command):
    """Nothing but the circumstances; who calls approves."""

    model_config = example({"note": "She has been with us for ten years."})


class ProposalRefusal(Command):
    """Why it is not approved."""

    model_config = example({"reason": "too-much", "note": "A discount will do."})

    reason: NewCode


async def propose(work: Work, complaint_id: UUID, command: Proposal) -> Complaint:
    """Propose a resolution. Somebody whom the complaint is about, or who is barred from handling it, is refused, and the
    attempt stays recorded (回避). An offer beyond the caller's authority waits for approval, if they ask for that.

    Raises NotFound, NotAllowed, AuthorityExceeded, VersionConflict, Invalid; answers ConflictOfInterest.
    """
    if (command.amount is None) != (command.currency is None):
        raise Invalid.at("currency", "amount-and-currency")
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    if complaint.may_not_handle(act.who):
        complaint.block(act, act.who, "propose")
        work.refuse(ConflictOfInterest())
    elif command.amount is None or command.currency is None:
        complaint.propose(act, command.remedy)
    else:
        amount = Money(command.currency, command.amount)
        _propose_for(
            complaint, act, command, amount, (await work.store(AUTHORITY_POLICIES).current()).body, work.actor.level
        )
    return complaint


async def approve_proposal(work: Work, complaint_id: UUID, command: ProposalApproval) -> Complaint:
    """Approve the one that waits: the customer is offered it.

    Raises NotFound, NotAllowed, NoProposalWaits, ApproverInvolved, AuthorityExceeded, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    await _demand(work, complaint)
    complaint.approve_proposal(act)
    return complaint


async def refuse_proposal(work: Work, complaint_id: UUID, command: ProposalRefusal) -> Complaint:
    """Do not approve it. Raises as above: who may not approve it does not refuse it either."""
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    await _demand(work, complaint)
    complaint.refuse_proposal(act, command.reason)
    return complaint


def _propose_for(
    complaint: Complaint, act: Act, command: Proposal, amount: Money, limits: AuthorityPolicy, level: int
) -> None:
    needed = level_needed(limits, amount)
    if may_award(limits, level, amount):
        complaint.propose(act, command.remedy, amount)
    elif command.ask_approval and needed is not None:
        complaint.ask_approval(act, command.remedy, amount, needed)
    else:
        demand_authority(limits, level, amount)


async def _demand(work: Work, complaint: Complaint) -> None:
    if complaint.pending is not None:  # otherwise the complaint says what is wrong
        demand_authority((await work.store(AUTHORITY_POLICIES).current()).body, work.actor.level, complaint.pending)


class Rejection(Command):
    """Why it is not upheld; the explanation for the file is the note."""

    model_config = example({"grounds": ["no_failure_found"], "note": "The parcel was handed over and signed for."})

    grounds: list[RejectionGround] = Field(min_length=1, max_length=8)


async def reject(work: Work, complaint_id: UUID, command: Rejection) -> Complaint:
    """Not upheld. The customer is told by `give-feedback`, and may appeal then. Somebody whom the complaint is about, or
    who is barred from handling it, is refused, and the attempt stays recorded (回避).

    Raises NotFound, NotAllowed, VersionConflict, Invalid; answers ConflictOfInterest.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    if complaint.may_not_handle(act.who):
        complaint.block(act, act.who, "reject")
        work.refuse(ConflictOfInterest())
    else:
        complaint.reject(act, command.grounds)
    return complaint


class Decision(Command):
    """The customer's decision; their words are the note."""

    model_config = example({"accepted": True, "note": "They are content."})

    accepted: bool


async def record_decision(work: Work, complaint_id: UUID, command: Decision) -> Complaint:
    """Acceptance (S53) stops the resolution clock; refusal leads back to the investigation, an appeal (`appeal`) to
    somebody else. Once they were told that their complaint is not upheld, acceptance of that is recorded here, too.

    Raises NotFound, NotAllowed, NothingToDecide, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    complaint.decide(act, accepted=command.accepted)
    if not command.accepted:
        await customer_contacted_us(work, complaint, act.at)
    return complaint


class Attempt(Command):
    """How the customer was asked for a decision."""

    model_config = example({"method": "phone", "note": "Nobody answered."})

    method: Channel


class Resolution(Command):
    """What was promised has been done."""

    model_config = example({"note": "Refund booked."})


class Appeal(Command):
    """Who appeals and why; a reason is needed, the words are the note."""

    model_config = example({"appellant": "customer", "reason": "offer-too-low", "note": "The parcel was worth more."})

    appellant: Appellant = Appellant.CUSTOMER
    reason: NewCode


async def appeal(work: Work, complaint_id: UUID, command: Appeal) -> Complaint:
    """Against a proposal, or against what the customer was told. Where the resolution clock has ended a new one starts,
    under the policy of that day.

    Raises NotFound, NotAllowed, AlreadyAppealed, NothingToAppeal, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    complaint.appeal(act, command.appellant, await basis_for(work, complaint.traits, act.at))
    await customer_contacted_us(work, complaint, act.at)
    return complaint


class AppealDecision(Command):
    """Whether it is upheld, and why; a reason is needed. Upheld, it names the `assignee` who finds out anew."""

    model_config = example({"upheld": True, "assignee": "agent-12", "reason": "evidence-overlooked"})

    upheld: bool
    assignee: NewStaffId | None = None
    reason: NewCode


async def decide_appeal(work: Work, complaint_id: UUID, command: AppealDecision) -> Complaint:
    """Upheld: another handler investigates. Dismissed: the decision stands, and the customer has to be told. Whoever
    handled or decided the complaint before, or is its subject, neither decides the appeal nor takes it up; the attempt
    stays recorded (回避).

    Raises NotFound, NotAllowed, VersionConflict, Invalid; answers ConflictOfInterest.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    if command.upheld != (command.assignee is not None):
        raise Invalid.at("assignee", "assignee-of-appeal")
    partial = complaint.partial_in_appeal(act.who, command.assignee)
    if partial is not None:
        complaint.block(act, partial, "dismiss-appeal")
        work.refuse(ConflictOfInterest())
    elif command.assignee is not None:
        complaint.uphold_appeal(act, command.assignee)
    else:
        complaint.dismiss_appeal(act)
    return complaint
