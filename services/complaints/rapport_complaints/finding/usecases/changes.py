"""Changes (S68, S69): propose one, link complaints, plan steps, measure and record the effect."""

from __future__ import annotations

from typing import Self
from uuid import UUID

from pydantic import Field, model_validator
from rapport_chassis.bodies import Body
from rapport_chassis.commands import Command, act_of, example, load_for_command
from rapport_chassis.work import Work
from rapport_contracts.codes import NewCode, NewStaffId
from rapport_contracts.complaints.vocabulary import TrendDimension
from rapport_contracts.fields import UtcTime, WrongValue
from rapport_kernel.errors import Invalid, NotFound
from rapport_kernel.ids import new_id

from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.filing import OLDEST
from rapport_complaints.finding.domain.change import MOST_COMPLAINTS, MOST_STEPS, Change, ChangeStep
from rapport_complaints.finding.domain.effect import Effect, measure
from rapport_complaints.finding.store.changes import Changes, count_around
from rapport_complaints.finding.store.findings import TREND_POLICIES
from rapport_complaints.finding.store.trends import Trends
from rapport_complaints.schema import next_number

USUAL_DAYS = 28
"""Length of the periods unless another is given (ours): four weeks, so that every weekday counts alike."""
LONGEST_DAYS = 366


class NewChange(Command):
    """The note describes the problem: a way of working, never a person. It shows in a trend that was found, or in a group of
    complaints: those of a cause, a category, a product, a touchpoint or a unit."""

    model_config = example(
        {
            "dimension": "cause",
            "group": "process",
            "owner": "unit-logistics",
            "note": "Parcels are handed over without a scan; nobody can say where they are.",
        }
    )

    owner: NewStaffId = Field(description="Who answers for it: an opaque staff id or a unit.")
    trend_id: UUID | None = Field(default=None, description="Null: the group is named.")
    dimension: TrendDimension | None = Field(default=None, description="Null: that of the trend.")
    group: NewCode | None = Field(default=None, description="Null: that of the trend.")
    complaints: list[UUID] = Field(default_factory=list, max_length=MOST_COMPLAINTS)
    note: str = Field(min_length=1, max_length=10_000, description="The recurring problem; stored encrypted.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.dimension is None) != (self.group is None):
            raise WrongValue("dimension-and-group")
        if (self.trend_id is None) == (self.dimension is None):
            raise WrongValue("trend-or-group")
        return self


class ComplaintOfChange(Command):
    """A complaint that shows the same problem."""

    model_config = example({"complaint_id": "018f6b1e-e1e6-7ad6-8bf9-10a6e0eb5bc8"})

    complaint_id: UUID


class NewStep(Body):
    """One task: its owner and its due time."""

    code: NewCode = Field(examples=["scan-at-handover"])
    owner: NewStaffId = Field(description="An opaque staff id or a unit.", examples=["unit-logistics"])
    due_at: UtcTime


class NewSteps(Command):
    """Steps to add to those that are planned already."""

    model_config = example(
        {"steps": [{"code": "scan-at-handover", "owner": "unit-logistics", "due_at": "2027-01-31T10:00:00Z"}]}
    )

    steps: list[NewStep] = Field(min_length=1, max_length=MOST_STEPS)


class Unfreezing(Command):
    """Why the old way of working is no longer binding, or why again."""

    model_config = example({"reason": "root-cause-known", "note": "The old instruction is no longer binding."})


class ChangeStart(Command):
    """That the new way of working is introduced."""


class ChangeStepDone(Command):
    """Which step was done; the note says with what result."""

    model_config = example({"step": "scan-at-handover", "note": "Scanners hang at every gate."})

    step: NewCode


class Refreezing(Command):
    """The code of the procedure that is binding from now on."""

    model_config = example({"standard": "sop-17-v2", "note": "Trained and signed by all shifts."})

    standard: NewCode


class EffectRecording(Command):
    """How many days before and after are compared."""

    model_config = example({"days": 28, "note": "As hoped."})

    days: int = Field(default=USUAL_DAYS, ge=1, le=LONGEST_DAYS)


class ChangeClosing(Command):
    """That the change is over."""


class ChangeAbandonment(Command):
    """Why the change is given up."""

    model_config = example({"reason": "supplier-changed"})

    reason: NewCode


async def propose_change(work: Work, command: NewChange) -> Change:
    """Number, group and complaints (S68, S69). Raises Invalid `unknown-trend`, `unknown-complaint`, `in-the-future`,
    `too-long-ago`."""
    proposed_at = command.at or work.now
    if proposed_at < work.now - OLDEST:
        raise Invalid.at("at", "too-long-ago", years=5)
    dimension, group = await _group(work, command)
    named = list(dict.fromkeys(command.complaints))
    await ensure_complaints(work, named, "complaints")
    change = Change(
        id=new_id(),
        number=await next_number(work, "CH", proposed_at.year, "change_numbers"),
        owner=command.owner,
        dimension=dimension,
        group=group,
        proposed_at=proposed_at,
        last_at=proposed_at,
        trend_id=command.trend_id,
        complaints=named,
    )
    change.propose(await act_of(work, change, command))
    return work.store(Changes).add(change)


async def ensure_complaints(work: Work, ids: list[UUID], field: str) -> None:
    """Raises Invalid `unknown-complaint` when one of these does not exist."""
    if len(await work.store(Complaints).get_many(ids)) != len(ids):
        raise Invalid.at(field, "unknown-complaint")


async def link_change(work: Work, change_id: UUID, command: ComplaintOfChange) -> Change:
    """A complaint shows the same problem. Raises Invalid `unknown-complaint`, Conflict `complaint-linked`,
    `too-many-complaints`."""
    change, act = await load_for_command(work, Changes, change_id, command)
    await ensure_complaints(work, [command.complaint_id], "complaint_id")
    change.link(act, command.complaint_id)
    return change


async def plan_steps(work: Work, change_id: UUID, command: NewSteps) -> Change:
    """Raises Invalid `step-twice`, `due-in-the-past`, Conflict `too-many-steps`."""
    change, act = await load_for_command(work, Changes, change_id, command)
    change.plan(act, [ChangeStep(step.code, step.owner, step.due_at) for step in command.steps])
    return change


async def record_effect(work: Work, change_id: UUID, command: EffectRecording) -> Change:
    """Count, compare, and keep the result, whatever it is. Raises TooEarly, Conflict `too-many-effects`."""
    change, act = await load_for_command(work, Changes, change_id, command)
    change.record_effect(act, await _measure(work, change, command.days))
    return change


async def show_effect(work: Work, change_id: UUID, days: int) -> Effect:
    """The effect that would be recorded now; keeps nothing. Raises NotFound, NotAllowed, TooEarly."""
    return await _measure(work, await work.store(Changes).get(change_id), days)


async def _measure(work: Work, change: Change, days: int) -> Effect:
    periods = change.periods(days, work.now)
    policy = (await work.store(TREND_POLICIES).current()).body
    counted = await count_around(work, change.dimension, change.group, periods)
    return measure(periods, counted, policy.alpha, policy.minimum, work.now)


async def _group(work: Work, command: NewChange) -> tuple[str, str]:
    if command.trend_id is None:
        if command.dimension is None or command.group is None:  # the body demands them together
            raise Invalid.at("group", "group-missing")
        return command.dimension.value, command.group
    try:
        trend = await work.store(Trends).get(command.trend_id)
    except NotFound:
        raise Invalid.at("trend_id", "unknown-trend") from None
    return trend.dimension, trend.name
