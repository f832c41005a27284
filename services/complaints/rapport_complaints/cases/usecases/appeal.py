"""The customer appeals against a decision."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import Appellant
from rapport_contracts.fields import Code

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.talk import customer_spoke
from rapport_complaints.cases.usecases.targets import basis_for


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
