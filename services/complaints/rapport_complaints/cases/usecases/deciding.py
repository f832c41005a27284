"""Decide a complaint: not upheld, what the customer says to a proposal, appeals. Proposals are in `propose`."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import Appellant, RejectionGround
from rapport_contracts.fields import Code
from rapport_contracts.vocabulary import Channel
from rapport_kernel.errors import Invalid

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.refusals import ConflictOfInterest
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.talk import customer_spoke
from rapport_complaints.cases.usecases.targets import basis_for


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
        await customer_spoke(work, complaint, act.at)
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
    reason: Code


async def appeal(work: Work, complaint_id: UUID, command: Appeal) -> Complaint:
    """Against a proposal, or against what the customer was told. Where the resolution clock has ended a new one starts,
    under the policy of that day.

    Raises NotFound, NotAllowed, AlreadyAppealed, NothingToAppeal, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    complaint.appeal(act, command.appellant, await basis_for(work, complaint.traits, act.at))
    await customer_spoke(work, complaint, act.at)
    return complaint


class AppealDecision(Command):
    """Whether it is upheld, and why; a reason is needed. Upheld, it names the `assignee` who finds out anew."""

    model_config = example({"upheld": True, "assignee": "agent-12", "reason": "evidence-overlooked"})

    upheld: bool
    assignee: Code | None = None
    reason: Code


async def decide_appeal(work: Work, complaint_id: UUID, command: AppealDecision) -> Complaint:
    """Upheld: another handler investigates. Dismissed: the decision stands, and the customer has to be told. Whoever
    handled or decided the complaint before, or is its subject, neither decides the appeal nor takes it up; the attempt
    stays recorded (回避).

    Raises NotFound, NotAllowed, VersionConflict, Invalid; answers ConflictOfInterest.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    if command.upheld != (command.assignee is not None):
        raise Invalid.at("assignee", "assignee-of-appeal", "An upheld appeal names who takes it up, a dismissed one nobody.")
    partial = complaint.partial_in_appeal(act.who, command.assignee)
    if partial is not None:
        complaint.block(act, partial, "dismiss-appeal")
        work.refuse(ConflictOfInterest())
    elif command.assignee is not None:
        complaint.uphold_appeal(act, command.assignee)
    else:
        complaint.dismiss_appeal(act)
    return complaint
