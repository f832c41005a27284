"""Go on with a complaint that waited."""

from __future__ import annotations

from uuid import UUID

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.usecases.command import Command, example, take_up
from rapport_complaints.cases.usecases.targets import calendars_of
from rapport_complaints.work import ComplaintsWork


class Resumption(Command):
    """Nothing but the circumstances."""

    model_config = example({"note": "The delivery note is here."})


async def resume(work: ComplaintsWork, complaint_id: UUID, said: Resumption) -> Complaint:
    """The resolution clock runs again, with a new due time.

    Raises NotFound, NotAllowed, VersionConflict, Invalid.
    """
    complaint, act = await take_up(work, complaint_id, said)
    complaint.resume(act, await calendars_of(work, {clock.calendar for clock in complaint.running_clocks}))
    return complaint
