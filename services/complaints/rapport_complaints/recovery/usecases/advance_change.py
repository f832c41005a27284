"""Everything that happens to a change after its proposal. Each answers the change, and raises NotFound, NotAllowed,
VersionConflict, and Invalid for a time that cannot be."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from rapport_chassis.bodies import Body
from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.timers import Timer
from rapport_chassis.work import Work
from rapport_contracts.fields import Code, UtcTime

from rapport_complaints.finding.store.versions import TREND_POLICIES
from rapport_complaints.recovery.domain.change import MOST_STEPS, ChangeRecord, ChangeStep
from rapport_complaints.recovery.domain.change_effect import Effect, measure
from rapport_complaints.recovery.store.changes import LOOK, Changes, count_around
from rapport_complaints.recovery.usecases.propose_change import demand_complaints

USUAL_DAYS = 28
"""The length of what is compared, unless another is named (ours): four weeks, so that every weekday counts alike."""
LONGEST_DAYS = 366


class ComplaintOfChange(Command):
    """A complaint that shows the same problem."""

    model_config = example({"complaint_id": "018f6b1e-e1e6-7ad6-8bf9-10a6e0eb5bc8"})

    complaint_id: UUID


class NewStep(Body):
    """What is to be done, by whom, until when."""

    code: Code = Field(examples=["scan-at-handover"])
    owner: Code = Field(description="An opaque staff id or a unit.", examples=["unit-logistics"])
    due_at: UtcTime


class NewSteps(Command):
    """Steps that come to those that are planned already."""

    model_config = example(
        {"steps": [{"code": "scan-at-handover", "owner": "unit-logistics", "due_at": "2027-01-31T10:00:00Z"}]}
    )

    steps: list[NewStep] = Field(min_length=1, max_length=MOST_STEPS)


class Unfreezing(Command):
    """Why the old way does not bind any more, or why once more."""

    model_config = example({"reason": "root-cause-known", "note": "The old instruction does not bind any more."})


class ChangeStart(Command):
    """Nothing but the circumstances."""


class ChangeStepDone(Command):
    """Which step was done; what came of it is the note."""

    model_config = example({"step": "scan-at-handover", "note": "Scanners hang at every gate."})

    step: Code


class Refreezing(Command):
    """The code of the procedure that binds from now on."""

    model_config = example({"standard": "sop-17-v2", "note": "Trained and signed by all shifts."})

    standard: Code


class EffectRecording(Command):
    """How many days before and after are compared."""

    model_config = example({"days": 28, "note": "As hoped."})

    days: int = Field(default=USUAL_DAYS, ge=1, le=LONGEST_DAYS)


class ChangeClosing(Command):
    """Nothing but the circumstances."""


class ChangeAbandonment(Command):
    """Why it will not be made, or not to its end."""

    model_config = example({"reason": "supplier-changed"})

    reason: Code


async def link_change(work: Work, change_id: UUID, command: ComplaintOfChange) -> ChangeRecord:
    """A complaint shows the same problem. Raises Invalid `unknown-complaint`, Conflict `complaint-linked`,
    `too-many-complaints`."""
    change, act = await load_for_command(work, Changes, change_id, command)
    await demand_complaints(work, [command.complaint_id], "complaint_id")
    change.link(act, command.complaint_id)
    return change


async def plan_steps(work: Work, change_id: UUID, command: NewSteps) -> ChangeRecord:
    """What is to be done. Raises Invalid `step-twice`, `due-in-the-past`, Conflict `too-many-steps`."""
    change, act = await load_for_command(work, Changes, change_id, command)
    change.plan(act, [ChangeStep(step.code, step.owner, step.due_at) for step in command.steps])
    return change


async def unfreeze(work: Work, change_id: UUID, command: Unfreezing) -> ChangeRecord:
    """The old way does not bind any more."""
    change, act = await load_for_command(work, Changes, change_id, command)
    change.unfreeze(act)
    return change


async def start_change(work: Work, change_id: UUID, command: ChangeStart) -> ChangeRecord:
    """The new way is brought in. Raises StepsMissing."""
    change, act = await load_for_command(work, Changes, change_id, command)
    change.start(act)
    return change


async def complete_step(work: Work, change_id: UUID, command: ChangeStepDone) -> ChangeRecord:
    """A step was done. Raises Invalid `unknown-step`, Conflict `step-done`."""
    change, act = await load_for_command(work, Changes, change_id, command)
    change.complete_step(act, command.step)
    return change


async def refreeze(work: Work, change_id: UUID, command: Refreezing) -> ChangeRecord:
    """The new way binds. Raises StepsOpen."""
    change, act = await load_for_command(work, Changes, change_id, command)
    change.refreeze(act, command.standard)
    return change


async def record_effect(work: Work, change_id: UUID, command: EffectRecording) -> ChangeRecord:
    """Count, compare, and keep what comes out, whatever it is. Raises TooEarly, Conflict `too-many-effects`."""
    change, act = await load_for_command(work, Changes, change_id, command)
    change.record_effect(act, await _measure(work, change, command.days))
    return change


async def close_change(work: Work, change_id: UUID, command: ChangeClosing) -> ChangeRecord:
    """It is over. Raises EffectMissing."""
    change, act = await load_for_command(work, Changes, change_id, command)
    change.close(act)
    return change


async def abandon_change(work: Work, change_id: UUID, command: ChangeAbandonment) -> ChangeRecord:
    """It will not be made, or not to its end."""
    change, act = await load_for_command(work, Changes, change_id, command)
    change.abandon(act, command.reason)
    return change


async def show_effect(work: Work, change_id: UUID, days: int) -> Effect:
    """What would be recorded now; keeps nothing. Raises NotFound, NotAllowed, TooEarly."""
    return await _measure(work, await work.store(Changes).get(change_id), days)


async def look_at_changes(work: Work, timers: list[Timer]) -> None:
    """Say which steps are late, each at its exact time, however late the timer fires."""
    ids = [UUID(timer.key) for timer in timers]
    for change in (await work.store(Changes).get_many(ids, for_update=True)).values():
        change.settle(work.now)
        if change.next_look is not None:
            await work.timers.set(LOOK, change.id, change.next_look)


async def _measure(work: Work, change: ChangeRecord, days: int) -> Effect:
    periods = change.periods(days, work.now)
    policy = (await work.store(TREND_POLICIES).current()).body
    counted = await count_around(work, change.dimension, change.group, periods)
    return measure(periods, counted, policy.alpha, policy.minimum, work.now)
