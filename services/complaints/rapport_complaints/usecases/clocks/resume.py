"""Go on with a complaint that waited."""

from __future__ import annotations

from uuid import UUID

from rapport_complaints.domain.cases.complaint import Complaint
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.clocks.targets import calendars_of
from rapport_complaints.usecases.command import Command, example, take_up


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
