"""Read a score."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field
from rapport_chassis.web import Call, Router, Scope
from rapport_chassis.work import Work
from rapport_contracts.event import Payload
from rapport_contracts.fields import UtcTime
from rapport_contracts.figures import Figure, Interval
from rapport_contracts.vocabulary import Metric
from rapport_kernel.errors import Invalid, NotFound

from rapport_satisfaction.scores.domain import DEFINITION_VERSION, DEFINITIONS, LEVEL, Difference, Estimate
from rapport_satisfaction.scores.store import Grouping, ScoreFilter
from rapport_satisfaction.scores.usecases import Report, Score, report_scores

SCORES = Scope("satisfaction:scores")

router = Router(tags=["responses"])


class ChangeView(Payload):
    """How far a score moved since another period; `p` of a two-sided z test, significant below 0.05."""

    delta: float
    p: float
    significant: bool
    before: Figure


class ScoreView(Figure):
    """A score with everything needed to trust it. CES has a second number, `share` (5-7 in percent)."""

    metric: str
    says: str = Field(description="the definition in words: the answers counted, and how the interval is computed")
    distribution: dict[str, int]
    share: Figure | None = None


class GroupView(ScoreView):
    """The score of one group; an empty `group` is unknown."""

    group: str


class ScoresView(ScoreView):
    """The score as a whole and by group, and how many customers were asked in the same period."""

    survey: str | None
    invited: int
    answered: int = Field(description="of the invited")
    groups: list[GroupView] = Field(default_factory=list)
    change: ChangeView | None = None


@router.get("/scores", allow=SCORES, errors=[NotFound, Invalid], summary="Read a score")
async def scores(
    call: Call[Work],
    metric: Metric = Metric.NPS,
    survey: Annotated[str | None, Query(max_length=100)] = None,
    since: Annotated[UtcTime | None, Query(alias="from", description="first moment that counts")] = None,
    until: Annotated[UtcTime | None, Query(alias="to", description="first moment that no longer counts")] = None,
    agent: Annotated[str | None, Query(max_length=100)] = None,
    touchpoint: Annotated[str | None, Query(max_length=100)] = None,
    attribution: Annotated[str, Query(pattern="^(last|any)$", description="`agent`: last handler, or any of them")] = "last",
    group_by: Grouping | None = None,
    compare_from: UtcTime | None = None,
    compare_to: UtcTime | None = None,
) -> ScoresView:
    """The number with n, interval, definition and the answers left out, by reason; or "too few" below 10 answers.

    `compare_from` and `compare_to` compare it with another period and say whether the change is more than chance.
    """
    if (compare_from is None) != (compare_to is None):
        raise Invalid("half-comparison", "A comparison needs compare_from and compare_to.")
    wanted = ScoreFilter(metric, survey, since, until, agent, touchpoint, "any" if attribution == "any" else "last")
    compare = (compare_from, compare_to) if compare_from is not None and compare_to is not None else None
    return _shown(await call.read(report_scores, wanted, group_by, compare), survey)


def _shown(report: Report, survey: str | None) -> ScoresView:
    groups = [GroupView(**_score(score, report.as_of), group=name) for name, score in report.groups.items()]
    change = None
    if report.before is not None and report.change is not None:
        change = _change(report.change, report.before, report.as_of)
    return ScoresView(
        **_score(report.whole, report.as_of),
        survey=survey,
        invited=report.invited,
        answered=report.answered,
        groups=groups,
        change=change,
    )


def _change(change: Difference, before: Score, as_of: datetime) -> ChangeView:
    figure = Figure(**_figure(before.estimate, before.n, before.metric, as_of, before.excluded))
    return ChangeView(delta=float(change.delta), p=change.p, significant=change.significant, before=figure)


def _score(score: Score, as_of: datetime) -> dict[str, Any]:
    share = None if score.share is None else Figure(**_figure(score.share, score.n, "ces-share", as_of, {}))
    return {
        **_figure(score.estimate, score.n, score.metric, as_of, score.excluded),
        "metric": score.metric,
        "says": DEFINITIONS[score.metric],
        "distribution": {str(key): times for key, times in sorted(score.distribution.items())},
        "share": share,
    }


def _figure(found: Estimate | None, n: int, definition: str, as_of: datetime, excluded: Mapping[str, int]) -> dict[str, Any]:
    interval = None
    if found is not None:
        interval = Interval(low=float(found.low), high=float(found.high), level=LEVEL, method=found.method)
    return {
        "value": None if found is None else float(found.value),
        "n": n,
        "unit": "points" if definition in {"nps", "ces"} else "percent",
        "definition": str(definition),
        "definition_version": DEFINITION_VERSION,
        "as_of": as_of,
        "verdict": "too few" if found is None else "ok",
        "interval": interval,
        "excluded": dict(excluded),
    }
