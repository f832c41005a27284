"""The customer comes back."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.work import Work
from rapport_contracts.fields import Code

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.targets import basis_for


class Reopening(Command):
    """Why; a reason is needed."""

    model_config = example({"reason": "it-happened-again", "note": "The second parcel is lost, too."})

    reason: Code


async def reopen(work: Work, complaint_id: UUID, command: Reopening) -> Complaint:
    """A new episode inside the grace, with clocks of its own under the policy of that day; later it is a new complaint.

    Raises NotFound, NotAllowed, ReopenTooLate, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    complaint.reopen(act, await basis_for(work, complaint.traits, act.at))
    return complaint
