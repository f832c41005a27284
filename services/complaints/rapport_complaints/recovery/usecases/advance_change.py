"""Everything that happens to a change after its proposal. Each answers the change, and raises NotFound, NotAllowed,
VersionConflict, and Invalid for a time that cannot be."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from rapport_chassis.bodies import Body
from rapport_chassis.timers import Timer
from rapport_contracts.fields import Code, UtcTime

from rapport_complaints.cases.usecases.chronicled import take_up
from rapport_complaints.cases.usecases.command import Command, example
from rapport_complaints.recovery.domain.change import MOST_STEPS, ChangeRecord, ChangeStep
from rapport_complaints.recovery.domain.change_effect import Effect, measure
from rapport_complaints.recovery.store.changes import LOOK, count_around
from rapport_complaints.recovery.usecases.propose_change import demand_complaints
from rapport_complaints.work import ComplaintsWork

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


async def link_change(work: ComplaintsWork, change_id: UUID, said: ComplaintOfChange) -> ChangeRecord:
    """A complaint shows the same problem. Raises Invalid `unknown-complaint`, Conflict `complaint-linked`,
    `too-many-complaints`."""
    change, act = await take_up(work, work.changes, change_id, said)
    await demand_complaints(work, [said.complaint_id], "complaint_id")
    change.link(act, said.complaint_id)
    return change


async def plan_steps(work: ComplaintsWork, change_id: UUID, said: NewSteps) -> ChangeRecord:
    """What is to be done. Raises Invalid `step-twice`, `due-in-the-past`, Conflict `too-many-steps`."""
    change, act = await take_up(work, work.changes, change_id, said)
    change.plan(act, [ChangeStep(step.code, step.owner, step.due_at) for step in said.steps])
    return change


async def unfreeze(work: ComplaintsWork, change_id: UUID, said: Unfreezing) -> ChangeRecord:
    """The old way does not bind any more."""
    change, act = await take_up(work, work.changes, change_id, said)
    change.unfreeze(act)
    return change


async def start_change(work: ComplaintsWork, change_id: UUID, said: ChangeStart) -> ChangeRecord:
    """The new way is brought in. Raises StepsMissing."""
    change, act = await take_up(work, work.changes, change_id, said)
    change.start(act)
    return change


async def complete_step(work: ComplaintsWork, change_id: UUID, said: ChangeStepDone) -> ChangeRecord:
    """A step was done. Raises Invalid `unknown-step`, Conflict `step-done`."""
    change, act = await take_up(work, work.changes, change_id, said)
    change.complete_step(act, said.step)
    return change


async def refreeze(work: ComplaintsWork, change_id: UUID, said: Refreezing) -> ChangeRecord:
    """The new way binds. Raises StepsOpen."""
    change, act = await take_up(work, work.changes, change_id, said)
    change.refreeze(act, said.standard)
    return change


async def record_effect(work: ComplaintsWork, change_id: UUID, said: EffectRecording) -> ChangeRecord:
    """Count, compare, and keep what comes out, whatever it is. Raises TooEarly, Conflict `too-many-effects`."""
    change, act = await take_up(work, work.changes, change_id, said)
    change.record_effect(act, await _measure(work, change, said.days))
    return change


async def close_change(work: ComplaintsWork, change_id: UUID, said: ChangeClosing) -> ChangeRecord:
    """It is over. Raises EffectMissing."""
    change, act = await take_up(work, work.changes, change_id, said)
    change.close(act)
    return change


async def abandon_change(work: ComplaintsWork, change_id: UUID, said: ChangeAbandonment) -> ChangeRecord:
    """It will not be made, or not to its end."""
    change, act = await take_up(work, work.changes, change_id, said)
    change.abandon(act, said.reason)
    return change


async def show_effect(work: ComplaintsWork, change_id: UUID, days: int) -> Effect:
    """What would be recorded now; keeps nothing. Raises NotFound, NotAllowed, TooEarly."""
    return await _measure(work, await work.changes.get(change_id), days)


async def look_at_changes(work: ComplaintsWork, timers: list[Timer]) -> None:
    """Say which steps are late, each at its exact time, however late the timer fires."""
    ids = [UUID(timer.key) for timer in timers]
    for change in (await work.changes.get_many(ids, for_update=True)).values():
        change.settle(work.now)
        if change.next_look is not None:
            await work.timers.set(LOOK, change.id, change.next_look)


async def _measure(work: ComplaintsWork, change: ChangeRecord, days: int) -> Effect:
    periods = change.periods(days, work.now)
    policy = (await work.trend_policies.current()).body
    counted = await count_around(work, change.dimension, change.group, periods)
    return measure(periods, counted, policy.alpha, policy.minimum, work.now)
