"""Write down what the customer said to the proposal."""

from __future__ import annotations

from uuid import UUID

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.usecases.command import Command, example, take_up
from rapport_complaints.cases.usecases.talk import customer_spoke
from rapport_complaints.work import ComplaintsWork


class Decision(Command):
    """His decision; his words are the note."""

    model_config = example({"accepted": True, "note": "He is content."})

    accepted: bool


async def record_decision(work: ComplaintsWork, complaint_id: UUID, said: Decision) -> Complaint:
    """Acceptance (S53) stops the resolution clock; refusal leads back to the investigation, an appeal (`appeal`) to
    somebody else. Once he was told that his complaint is not upheld, acceptance of that is written down here, too.

    Raises NotFound, NotAllowed, NothingToDecide, VersionConflict, Invalid.
    """
    complaint, act = await take_up(work, complaint_id, said)
    complaint.decide(act, accepted=said.accepted)
    if not said.accepted:
        await customer_spoke(work, complaint, act.at)
    return complaint
