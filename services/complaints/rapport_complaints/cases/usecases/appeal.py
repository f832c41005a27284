"""The customer appeals against a decision."""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.complaints.vocabulary import Appellant
from rapport_contracts.fields import Code

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.usecases.command import Command, example, take_up
from rapport_complaints.cases.usecases.talk import customer_spoke
from rapport_complaints.cases.usecases.targets import basis_for
from rapport_complaints.work import ComplaintsWork


class Appeal(Command):
    """Who appeals and why; a reason is needed, the words are the note."""

    model_config = example({"appellant": "customer", "reason": "offer-too-low", "note": "The parcel was worth more."})

    appellant: Appellant = Appellant.CUSTOMER
    reason: Code


async def appeal(work: ComplaintsWork, complaint_id: UUID, said: Appeal) -> Complaint:
    """Against a proposal, or against what the customer was told. Where the resolution clock has ended a new one starts,
    under the policy of that day.

    Raises NotFound, NotAllowed, AlreadyAppealed, NothingToAppeal, VersionConflict, Invalid.
    """
    complaint, act = await take_up(work, complaint_id, said)
    complaint.appeal(act, said.appellant, await basis_for(work, complaint.traits, act.at))
    await customer_spoke(work, complaint, act.at)
    return complaint
