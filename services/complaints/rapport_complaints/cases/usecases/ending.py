"""The end of a complaint: tell the customer, ask once more, close, reopen, and the ways out on the side."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from rapport_chassis.commands import Command, act_of, example, load_for_command
from rapport_chassis.timers import Timer
from rapport_chassis.work import Work
from rapport_contracts.codes import NewCode
from rapport_contracts.complaints.vocabulary import CommunicationKind, FollowUpResult
from rapport_contracts.fields import ComplaintId, UtcTime
from rapport_contracts.vocabulary import Channel
from rapport_kernel.errors import Invalid
from rapport_kernel.history import Act

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.communications import record_outbound
from rapport_complaints.cases.usecases.timing import basis_for


class Feedback(Command):
    """How the customer was told (S54)."""

    model_config = example({"method": "email", "note": "Told them the result and thanked them."})

    method: Channel
    follow_up_at: UtcTime | None = Field(
        default=None, description="When to ask the customer once more; null: after the time in the policy, if it has one."
    )


async def give_feedback(work: Work, complaint_id: UUID, command: Feedback) -> Complaint:
    """The result was communicated; with a follow-up a timer is set.

    Raises NotFound, NotAllowed, AttemptsMissing, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    complaint.give_feedback(act, command.method, command.follow_up_at)
    await record_outbound(work, complaint, act, command.method, CommunicationKind.DECISION)
    await plan_follow_up(work, complaint)
    return complaint


class FollowUp(Command):
    """What came of it; the customer's words are the note."""

    model_config = example({"result": "content", "note": "The second parcel arrived."})

    result: FollowUpResult


FOLLOW_UP = "follow-up.due"
"""The kind of timer that makes follow-ups due; its key is the complaint."""


async def plan_follow_up(work: Work, complaint: Complaint) -> None:
    """Set the timer of a follow-up that was scheduled."""
    if complaint.follow_up_at is not None:
        await work.timers.set(FOLLOW_UP, complaint.id, complaint.follow_up_at)


async def reach_follow_up(work: Work, timers: list[Timer]) -> None:
    """Make a set of follow-ups due, each at its exact time, however late the timer fires. One that was done early, or
    that a withdrawal or an appeal made pointless, is none any more."""
    ids = [UUID(timer.key) for timer in timers]
    for complaint in (await work.store(Complaints).get_many(ids, for_update=True)).values():
        due = complaint.follow_up_at
        if due is None or due > work.now or complaint.state != "feedback_given" or not complaint.awaits_follow_up:
            continue
        at = max(due, complaint.last_at)
        complaint.reach_follow_up(Act(at=at, recorded_at=work.now, by=str(work.actor), reason="follow-up-due"))


class Closing(Command):
    """Close the complaint."""


class Reopening(Command):
    """Why; a reason is needed."""

    model_config = example({"reason": "it-happened-again", "note": "The second parcel is lost, too."})

    reason: NewCode


async def reopen(work: Work, complaint_id: UUID, command: Reopening) -> Complaint:
    """A new episode inside the grace, with clocks of its own under the policy of that day; later it is a new complaint.

    Raises NotFound, NotAllowed, ReopenTooLate, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    complaint.reopen(act, await basis_for(work, complaint.traits, act.at))
    return complaint


class Withdrawal(Command):
    """Why; a reason is needed."""

    model_config = example({"reason": "customer-withdrew"})

    reason: NewCode


class Duplicate(Command):
    """The complaint that is answered in its stead."""

    model_config = example({"duplicate_of": "018f6b1e-e1e6-7ad6-8bf9-10a6e0eb5bc8", "reason": "filed-twice"})

    duplicate_of: ComplaintId


async def mark_duplicate(work: Work, complaint_id: UUID, command: Duplicate) -> Complaint:
    """End it; its clocks stop. Both are held until the commit, so that no two become duplicates of one another.

    Raises NotFound, NotAllowed, DuplicateRefused, VersionConflict, Invalid.
    """
    both = await work.store(Complaints).get_many([complaint_id, command.duplicate_of], for_update=True)
    complaint = await work.store(Complaints).get(complaint_id, for_update=True)
    original = both.get(command.duplicate_of)
    if original is None:
        raise Invalid.at("duplicate_of", "unknown-complaint")
    act = await act_of(work, complaint, command)
    complaint.mark_duplicate(act, original, has_duplicates=await work.store(Complaints).has_duplicates(complaint_id))
    return complaint


class Transfer(Command):
    """Who answers for it now, and why; a reason is needed."""

    model_config = example({"to": "partner-bank", "reason": "their-product", "note": "Mrs Li confirmed that she took it."})

    to: NewCode
    reason: NewCode
