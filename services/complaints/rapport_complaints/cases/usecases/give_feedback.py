"""Tell the customer the result and thank him."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import CommunicationKind
from rapport_contracts.fields import UtcTime
from rapport_contracts.vocabulary import Channel

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.reach_follow_up import plan_follow_up
from rapport_complaints.cases.usecases.record_communication import told


class Feedback(Command):
    """How he was told (S54)."""

    model_config = example({"method": "email", "note": "Told him the result and thanked him."})

    method: Channel
    follow_up_at: UtcTime | None = Field(
        default=None, description="When he is to be asked once more; null: as long after as the policy says, if it does."
    )


async def give_feedback(work: Work, complaint_id: UUID, command: Feedback) -> Complaint:
    """The result was communicated; with a follow-up a timer is set.

    Raises NotFound, NotAllowed, AttemptsMissing, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    complaint.give_feedback(act, command.method, command.follow_up_at)
    await told(work, complaint, act, command.method, CommunicationKind.DECISION)
    await plan_follow_up(work, complaint)
    return complaint
