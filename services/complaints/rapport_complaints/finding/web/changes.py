"""Changes (S68, S69): propose, show, list, all actions, and the effect.

All actions answer the change with its new version, take If-Match, and refuse with 409 what the state does not allow.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field, TypeAdapter
from rapport_chassis.bodies import Params
from rapport_chassis.figures import measured
from rapport_chassis.web import Call, Names, Person, Resource, Router, Scope, View
from rapport_chassis.web.values import acted_on, known
from rapport_chassis.web.views import Allowed, shown_as
from rapport_chassis.work import Work
from rapport_contracts.complaints.figures import CHANGE_EFFECT
from rapport_contracts.complaints.vocabulary import ChangeVerdict, TrendDimension
from rapport_contracts.fields import UtcTime
from rapport_contracts.figures import DefinitionRef, Figure, Interval
from rapport_kernel.errors import NotAllowed, NotFound

from rapport_complaints.access import READ, STATS
from rapport_complaints.finding.domain.change import (
    CHANGE_LIFE,
    Change,
    EffectMissing,
    StepsMissing,
    StepsOpen,
    has_effect,
    has_no_open_step,
    has_open_step,
    has_room_for_complaints,
)
from rapport_complaints.finding.domain.effect import Effect, TooEarly
from rapport_complaints.finding.store.changes import BY_PROPOSAL, ChangeFilters, Changes
from rapport_complaints.finding.usecases import changes

router = Router(tags=["changes"], about="Changes made so that a cause does not come back, and what they brought.")
CHANGE = Scope("complaints:changes", level=2)


class Comparison(Params):
    """Length of the two periods that are compared."""

    days: Annotated[int, Field(ge=1, le=changes.LONGEST_DAYS)] = changes.USUAL_DAYS


class ChangeStepView(View):
    """A step. `missed_at` is its due time, if it is overdue or was done late."""

    code: str
    owner: Person
    due_at: UtcTime
    missed_at: UtcTime | None
    done_at: UtcTime | None
    done_by: Person | None


class EffectView(View):
    """Complaints of the group in `days` before the change was unfrozen and in as many after it was refrozen.

    `verdict`: `fallen` or `risen` when `p`, the chance of such a difference if nothing had changed (two-sided), is at most
    `alpha`; else `unchanged`; `too-few` in both together to tell; `no-history`, nothing was counted in the time before.
    `change` is in percent of the number before, with the 95 % interval; a fall is negative. `excluded`: duplicates.
    """

    days: int
    before: int
    after: int
    verdict: Annotated[str, known(ChangeVerdict)] = Field(examples=["fallen"])
    p: float | None
    alpha: float
    minimum: int
    change: Figure
    before_start: UtcTime
    before_end: UtcTime
    after_start: UtcTime
    after_end: UtcTime
    measured_at: UtcTime


def effect_view(effect: Effect) -> EffectView:
    """An effect with its figure."""
    shown = {name: value for name, value in effect.published.items() if name not in {"excluded", "definition_version"}}
    low = effect.low if effect.low is not None else 0.0
    interval = Interval(low=low, high=effect.high, level=0.95, method="wilson") if effect.high is not None else None
    n, left_out = effect.counted.before + effect.counted.after, {"duplicates": effect.counted.excluded}
    figure = measured(CHANGE_EFFECT, effect.change, n, effect.measured_at, left_out, least=effect.minimum, interval=interval)
    then = DefinitionRef(key=CHANGE_EFFECT.key, version=effect.definition_version)
    return EffectView(
        **shown, alpha=effect.alpha, minimum=effect.minimum, change=figure.model_copy(update={"definition": then})
    )


_EFFECTS = TypeAdapter(list[Effect])


def _effect_views(effects: Any) -> list[EffectView]:
    """Of an aggregate, or of a row, where they are JSON."""
    return [effect_view(each) for each in _EFFECTS.validate_python(effects)]


class ChangeView(View):
    """A change. `version` is its ETag; `effects` were recorded, in order."""

    id: UUID
    version: int
    updated_at: UtcTime = Field(description="When it was last written.")
    number: str = Field(examples=["CH2026-000042"])
    state: Annotated[str, known(CHANGE_LIFE)] = Field(examples=["changing"])
    allowed: Annotated[Allowed, acted_on(Change)]
    owner: Person
    dimension: Annotated[str, known(TrendDimension)] = Field(examples=["cause"])
    group: str = Field(examples=["process"])
    trend_id: UUID | None
    complaints: list[UUID] = Field(description="Those that show the problem, by name.")
    steps: list[ChangeStepView]
    late_steps: int
    effects: Annotated[list[EffectView], BeforeValidator(_effect_views)]
    round: int = Field(description="How often it was unfrozen.")
    standard: str | None = Field(description="The code of the binding procedure.")
    names: Names
    proposed_at: UtcTime
    due_at: UtcTime | None = Field(description="The earliest due time of its open steps.")
    unfrozen_at: UtcTime | None = Field(description="For the first time.")
    started_at: UtcTime | None
    refrozen_at: UtcTime | None
    ended_at: UtcTime | None


change_view = shown_as(ChangeView)


@router.post(
    "/changes",
    allow=CHANGE,
    errors=["in-the-future", "too-long-ago", "group-missing", "unknown-trend", "unknown-complaint"],
    status=201,
    summary="Propose a change",
)
async def post_change(body: changes.NewChange, call: Call[Work]) -> ChangeView:
    """For a trend that was found, or for a group of complaints, such as those of a cause (S68)."""
    change = await call.run(changes.propose_change, body)
    return change_view(change, call)


@router.get(
    "/changes/{change_id}/effect",
    allow=STATS,
    errors=[NotFound, NotAllowed, TooEarly],
    summary="The effect of a change",
)
async def get_effect(change_id: UUID, compared: Comparison, call: Call[Work]) -> EffectView:
    """Measured now, by significance and minimum of the trend policy in force; `:record-effect` keeps it."""
    return effect_view(await call.read(changes.show_effect, change_id, compared.days))


# fmt: off
of = Resource(router, "/changes/{change_id}", ("change", "changes"), ChangeView, Changes, read=READ)
of.lists(ChangeFilters, BY_PROPOSAL,
         "Changes that match all filters, the newest first; sort by `proposed_at` or `number`.")
of.shows("With its steps and the effects that were recorded.")
of.history()
of.verifies()
of.action("link-complaint", changes.link_change, CHANGE, "A complaint shows the problem",
          "Once for each complaint, as long as the change is under way.",
          "unknown-complaint", "complaint-linked", "too-many-complaints", name="post_link_change",
          when=has_room_for_complaints)
of.action("plan-steps", changes.plan_steps, CHANGE, "Plan steps of a change",
          "Each with an owner and a due time; an overdue step is published once, at its due time.",
          "step-twice", "due-in-the-past", "too-many-steps", name="post_plan_steps", moves=("plan-step",))
of.step("unfreeze", Change.unfreeze, changes.Unfreezing, CHANGE, "The old way of working is no longer binding",
        "解冻. A refrozen change without effect is unfrozen again; the period before it stays the same.",
        name="post_unfreeze")
of.step("start", Change.start, changes.ChangeStart, CHANGE, "Introduce the new way of working",
        "改变. At least one step is open.", StepsMissing, when=has_open_step)
of.step("complete-step", Change.complete_step, changes.ChangeStepDone, CHANGE, "A step was done",
        "A step that was done in time and entered late is in time.", "unknown-step", "step-done",
        name="post_complete_step",
        when=has_open_step)
of.step("refreeze", Change.refreeze, changes.Refreezing, CHANGE, "The new way of working is binding",
        "再冻结. Every step is done; the effect is measured from here on.", StepsOpen, name="post_refreeze",
        when=has_no_open_step)
of.action("record-effect", changes.record_effect, CHANGE, "Record the effect of a change",
          "Counted now, and kept whatever it is, even if there are too few complaints to tell.",
          TooEarly, "too-many-effects", name="post_record_effect")
of.step("close", Change.close, changes.ChangeClosing, CHANGE, "Close a change",
        "Once its effect was recorded since it was refrozen.", EffectMissing, when=has_effect)
of.step("abandon", Change.abandon, changes.ChangeAbandonment, CHANGE, "Abandon a change",
        "Until it is closed; none of its steps is due any more.")
# fmt: on
