"""What the API shows of changes; free text stands only in their histories."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import Field
from rapport_contracts.fields import UtcTime
from rapport_contracts.figures import Figure, Interval

from rapport_complaints.cases.web.views import View
from rapport_complaints.recovery.domain.change import ChangeRecord
from rapport_complaints.recovery.domain.change_effect import Effect
from rapport_complaints.recovery.domain.change_life import CHANGE_LIFE
from rapport_complaints.recovery.store.changes import EFFECTS


class ChangeStepView(View):
    """A step. `missed_at` is the due time, of one that was or is done after it."""

    code: str
    owner: str
    due_at: UtcTime
    missed_at: UtcTime | None
    done_at: UtcTime | None
    done_by: str | None


class EffectView(View):
    """Complaints of the group in `days` before the change was unfrozen and in as many after it was refrozen.

    `verdict`: `fallen` or `risen` when `p`, the chance of such a difference if nothing had changed (two-sided), is at most
    `alpha`; else `unchanged`; `too-few` in both together to tell; `no-history`, nothing is known of the time before.
    `change` is in percent of the number before, with the 95 % interval; a fall is negative. `excluded`: duplicates.
    """

    days: int
    before: int
    after: int
    verdict: str = Field(examples=["fallen"])
    p: float | None
    alpha: float
    minimum: int
    change: Figure
    before_start: UtcTime
    before_end: UtcTime
    after_start: UtcTime
    after_end: UtcTime
    measured_at: UtcTime


class ChangeView(View):
    """A change. `version` is its ETag; `allowed` are the moves that its state has; `effects` were recorded, in order."""

    id: UUID
    version: int
    number: str = Field(examples=["CH2026-000042"])
    state: str = Field(examples=["changing"])
    allowed: list[str] = Field(default_factory=list)
    owner: str
    dimension: str = Field(examples=["cause"])
    group: str = Field(examples=["process"])
    trend_id: UUID | None
    complaints: list[UUID] = Field(description="Those that show the problem, by name.")
    steps: list[ChangeStepView]
    late_steps: int
    effects: list[EffectView]
    round: int = Field(description="How often it was unfrozen.")
    standard: str | None = Field(description="The code of the procedure that binds.")
    proposed_at: UtcTime
    due_at: UtcTime | None = Field(description="The earliest due time of its open steps.")
    unfrozen_at: UtcTime | None = Field(description="For the first time.")
    started_at: UtcTime | None
    refrozen_at: UtcTime | None
    ended_at: UtcTime | None


_SHOWN = [name for name in ChangeView.model_fields if name not in {"allowed", "effects", "steps"}]


def change_view(change: ChangeRecord) -> ChangeView:
    """A change as every action answers."""
    return _view(change, change.effects)


def change_row(row: Any) -> ChangeView:
    """A change of a list."""
    return _view(row, EFFECTS.validate_python(row.effects))


def effect_view(effect: Effect) -> EffectView:
    """What was measured."""
    told = {name: value for name, value in effect.told.items() if name not in {"excluded", "definition_version"}}
    known = effect.change is not None
    low = effect.low if effect.low is not None else 0.0
    interval = Interval(low=low, high=effect.high, level=0.95, method="wilson") if effect.high is not None else None
    figure = Figure(
        value=effect.change,
        n=effect.counted.before + effect.counted.after,
        unit="percent",
        definition="changes.effect",
        definition_version=effect.definition_version,
        as_of=effect.measured_at,
        verdict="ok" if known else "too few",
        interval=interval if known else None,
        excluded={"duplicates": effect.counted.excluded} if effect.counted.excluded else {},
    )
    return EffectView(**told, alpha=effect.alpha, minimum=effect.minimum, change=figure)


def _view(shown: Any, effects: list[Effect]) -> ChangeView:
    return ChangeView(
        **{name: getattr(shown, name) for name in _SHOWN},
        allowed=list(CHANGE_LIFE.allowed(shown.state)),
        steps=[ChangeStepView.model_validate(step) for step in shown.steps],
        effects=[effect_view(each) for each in effects],
    )
