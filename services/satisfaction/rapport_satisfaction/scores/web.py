"""Read a score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field
from rapport_chassis.figures import measured, mixed
from rapport_chassis.periods import Bound, Period, Span, SpanView
from rapport_chassis.web import Call, Router, Scope
from rapport_chassis.web.values import known
from rapport_chassis.work import Work
from rapport_contracts.event import Payload
from rapport_contracts.figures import Definition, Figure, Interval
from rapport_contracts.satisfaction.figures import CES_SHARE
from rapport_contracts.vocabulary import Metric, named
from rapport_kernel.errors import Invalid

from rapport_satisfaction.scores.domain import DEFINED, LEVEL, Difference, Estimate
from rapport_satisfaction.scores.store import Grouping, ScoreFilter
from rapport_satisfaction.scores.usecases import Report, Score, report_scores

SCORES = Scope("satisfaction:scores")
_Name = Annotated[str, Field(max_length=100)]

router = Router(tags=["responses"])


class ScoreQuestion(Period):
    """Which answers, by when they were given, and what they are compared with."""

    metric: Metric = Metric.NPS
    survey: _Name | None = Field(default=None, description="Answers to several surveys have no value together.")
    agent: _Name | None = None
    touchpoint: _Name | None = None
    source: _Name | None = Field(default=None, description="Imported from there.")
    attribution: Annotated[Literal["last", "any"], named("attribution")] = Field(
        default="last", description="`agent`: last handler, or any of them"
    )
    group_by: Grouping | None = None
    compare_from: Bound | None = Field(default=None, description="Begin of another period to compare with; as `from`.")
    compare_to: Bound | None = Field(default=None, description="Its end; as `to`.")

    def compared(self, work: Work) -> Span | None:
        """The other period. Raises Invalid for half of one."""
        if self.compare_from is None and self.compare_to is None:
            return None
        if self.compare_from is None or self.compare_to is None:
            raise Invalid.at("compare_from" if self.compare_from is None else "compare_to", "half-comparison")
        return Period.model_validate({"from": self.compare_from, "to": self.compare_to, "tz": self.tz}).span(work)


class ChangeView(Payload):
    """How far a score moved since another period; `p` of a two-sided z test, significant below 0.05."""

    delta: float
    p: float
    significant: bool
    before: Figure


class ScoreView(Figure):
    """A score with everything needed to trust it. CES has a second number, `share` (5-7 in percent)."""

    metric: Annotated[str, known(Metric)]
    distribution: dict[str, int]
    share: Figure | None = None


class GroupView(ScoreView):
    """The score of one group; `key` null: answers without one."""

    key: str | None


class ScoresView(ScoreView, SpanView):
    """The score as a whole and by group, and how many customers were asked in the same period."""

    survey: str | None
    invited: int
    answered: int = Field(description="of the invited")
    group_by: str | None = Field(description="As asked; `survey` where nothing was and there are several.")
    groups: list[GroupView] = Field(default_factory=list)
    change: ChangeView | None = None


@router.get(
    "/scores",
    allow=SCORES,
    errors=["no-such-survey", "other-metric", "half-comparison", "too-many-groups"],
    summary="Read a score",
)
async def scores(question: ScoreQuestion, call: Call[Work]) -> ScoresView:
    """The number with n, interval, definition and the answers left out, by reason; or the verdict `too_few`, or `mixed`.

    Answers to several surveys are never blended: together they are `mixed` and have no value, each survey by itself has.
    `compare_from` and `compare_to` compare it with another period and say whether the change is more than chance.
    """
    report = await call.read(_report, question)
    groups = [GroupView(**_score(score, report.as_of), key=name) for name, score in report.groups.items()]
    change = None
    if report.before is not None and report.change is not None:
        change = _change(report.change, report.before, report.as_of)
    return ScoresView(
        **_score(report.whole, report.as_of),
        **asdict(report.span),
        survey=question.survey,
        invited=report.invited,
        answered=report.answered,
        group_by=report.group_by,
        groups=groups,
        change=change,
    )


async def _report(work: Work, question: ScoreQuestion) -> Report:
    asked = question.model_dump(include={"metric", "survey", "agent", "touchpoint", "source", "attribution"})
    wanted = ScoreFilter(span=question.span(work), **asked)
    return await report_scores(work, wanted, question.group_by, question.compared(work))


def _change(change: Difference, before: Score, as_of: datetime) -> ChangeView:
    return ChangeView(delta=float(change.delta), p=change.p, significant=change.significant, before=_figure(before, as_of))


def _score(score: Score, as_of: datetime) -> dict[str, Any]:
    share = None if score.share is None else _estimated(CES_SHARE, score.share, score.n, as_of, {})
    return {
        **dict(_figure(score, as_of)),
        "metric": score.metric,
        "distribution": {str(key): times for key, times in sorted(score.distribution.items())},
        "share": share,
    }


def _figure(score: Score, as_of: datetime) -> Figure:
    definition = DEFINED[score.metric]
    if score.mixed:
        return mixed(definition, score.n, as_of, score.excluded)
    return _estimated(definition, score.estimate, score.n, as_of, score.excluded)


def _estimated(
    definition: Definition, found: Estimate | None, n: int, as_of: datetime, excluded: Mapping[str, int]
) -> Figure:
    if found is None:
        return measured(definition, None, n, as_of, excluded)
    interval = Interval(low=float(found.low), high=float(found.high), level=LEVEL, method=found.method)
    return measured(definition, float(found.value), n, as_of, excluded, interval=interval)
