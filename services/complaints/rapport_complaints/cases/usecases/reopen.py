"""The customer comes back."""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.fields import Code

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.usecases.command import Command, example, take_up
from rapport_complaints.cases.usecases.targets import basis_for
from rapport_complaints.work import ComplaintsWork


class Reopening(Command):
    """Why; a reason is needed."""

    model_config = example({"reason": "it-happened-again", "note": "The second parcel is lost, too."})

    reason: Code


async def reopen(work: ComplaintsWork, complaint_id: UUID, said: Reopening) -> Complaint:
    """A new episode inside the grace, with clocks of its own under the policy of that day; later it is a new complaint.

    Raises NotFound, NotAllowed, ReopenTooLate, VersionConflict, Invalid.
    """
    complaint, act = await take_up(work, complaint_id, said)
    complaint.reopen(act, await basis_for(work, complaint.traits, act.at))
    return complaint
