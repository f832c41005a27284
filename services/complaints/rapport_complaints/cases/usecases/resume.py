"""Go on with a complaint that waited."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.work import Work

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.clocks.usecases.calendars import calendars_of


class Resumption(Command):
    """Nothing but the circumstances."""

    model_config = example({"note": "The delivery note is here."})


async def resume(work: Work, complaint_id: UUID, command: Resumption) -> Complaint:
    """The resolution clock runs again, with a new due time.

    Raises NotFound, NotAllowed, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    complaint.resume(act, await calendars_of(work, {clock.calendar for clock in complaint.running_clocks}))
    return complaint
