"""Work on major complaints: steps of the checklist, late ones."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.timers import Timer
from rapport_chassis.work import Work

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.ladder import StepCode
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.handling.store.majors import LOOK, MajorCases
from rapport_complaints.handling.usecases.declare_major import case_of


class MajorStepDone(Command):
    """Which step of the checklist was done; what came of it is the note."""

    model_config = example({"step": "call", "note": "She wants to hear from us every day."})

    step: StepCode


async def complete_major_step(work: Work, complaint_id: UUID, command: MajorStepDone) -> Complaint:
    """A step was done. Raises NotFound, NotMajor, VersionConflict, Invalid, also `unknown-step`, Conflict `step-done`."""
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    case = await case_of(work, complaint)
    case.complete_step(act, command.step)
    complaint.complete_major_step(act, case.id, command.step)
    return complaint


async def look_at_majors(work: Work, timers: list[Timer]) -> None:
    """Say which steps are late, each at its exact time, however late the timer fires."""
    ids = [UUID(timer.key) for timer in timers]
    for case in (await work.store(MajorCases).get_many(ids, for_update=True)).values():
        case.settle(work.now)
        if case.next_look is not None:
            await work.timers.set(LOOK, case.id, case.next_look)
