"""Write down what the customer said to the proposal."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.work import Work

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.talk import customer_spoke


class Decision(Command):
    """His decision; his words are the note."""

    model_config = example({"accepted": True, "note": "He is content."})

    accepted: bool


async def record_decision(work: Work, complaint_id: UUID, command: Decision) -> Complaint:
    """Acceptance (S53) stops the resolution clock; refusal leads back to the investigation, an appeal (`appeal`) to
    somebody else. Once he was told that his complaint is not upheld, acceptance of that is written down here, too.

    Raises NotFound, NotAllowed, NothingToDecide, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    complaint.decide(act, accepted=command.accepted)
    if not command.accepted:
        await customer_spoke(work, complaint, act.at)
    return complaint
