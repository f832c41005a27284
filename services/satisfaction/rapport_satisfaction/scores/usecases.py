"""Report a score: the number with its n, interval, definition and the answers left out; or too few, or mixed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from rapport_chassis.periods import Span, refuse_too_many
from rapport_chassis.work import Work
from rapport_contracts.vocabulary import Metric
from rapport_kernel.errors import Invalid

from rapport_satisfaction.scores.domain import Difference, Estimate, difference, easy_share, estimate
from rapport_satisfaction.scores.store import Counted, Counts, Grouping, ScoreFilter
from rapport_satisfaction.surveys.store import Surveys


@dataclass(frozen=True, slots=True)
class Score:
    """One number and what it was computed from; `estimate` None means too few, or `mixed`: the answers are to more than one
    survey, and are not blended. `share` is the second number of CES."""

    metric: Metric
    n: int
    mixed: bool
    estimate: Estimate | None
    share: Estimate | None
    distribution: Mapping[int, int]
    excluded: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Report:
    """The score as a whole and by group, how many were asked and answered, and how it compares with another period."""

    whole: Score
    as_of: datetime
    span: Span
    invited: int
    answered: int
    group_by: Grouping | None
    groups: dict[str | None, Score] = field(default_factory=dict)
    before: Score | None = None
    change: Difference | None = None


async def report_scores(work: Work, wanted: ScoreFilter, by: Grouping | None = None, compare: Span | None = None) -> Report:
    """Count and compute. `compare` is another period to compare the score with. A mixed score that is not grouped is grouped
    by survey.

    Raises NotFound for an unknown survey, Invalid when the survey measures another metric, and for too many periods.
    """
    if wanted.survey is not None:
        survey = await work.store(Surveys).by_key(wanted.survey)
        if survey.metric != wanted.metric:
            raise Invalid.at("metric", "other-metric")
    counts = work.store(Counts)
    given, left_out = await counts.distributions(wanted, by), await counts.excluded(wanted, by)
    whole = _score(wanted.metric, _all(given), _all(left_out))
    if whole.mixed and by is None:
        by, given, left_out = "survey", _by_survey(given), _by_survey(left_out)
    refuse_too_many(by, len(given))
    names = sorted({*given, *left_out}, key=lambda name: (name is None, name)) if by is not None else []
    groups = {name: _score(wanted.metric, given.get(name, {}), left_out.get(name, {})) for name in names}
    before = change = None
    if compare is not None:
        then = replace(wanted, span=compare)
        before = _score(wanted.metric, _all(await counts.distributions(then)), _all(await counts.excluded(then)))
        if whole.estimate is not None and before.estimate is not None:
            change = difference(whole.estimate, before.estimate)
    invited, answered = await counts.invited(wanted)
    return Report(whole, work.now, wanted.span, invited, answered, by, groups, before, change)


def _score(metric: Metric, given: Mapping[str, Mapping[int, int]], left_out: Mapping[str, Mapping[str, int]]) -> Score:
    """Of answers and exclusions by survey."""
    distribution, mixed = _sum(given.values()), len(given) > 1
    found = None if mixed else estimate(metric, distribution)
    share = easy_share(distribution) if metric is Metric.CES and found is not None else None
    return Score(metric, sum(distribution.values()), mixed, found, share, distribution, _sum(left_out.values()))


def _all(counted: Counted) -> dict[str, dict[Any, int]]:
    """Of all groups together, by survey."""
    surveys = {survey for group in counted.values() for survey in group}
    return {survey: _sum(group.get(survey, {}) for group in counted.values()) for survey in surveys}


def _by_survey(counted: Counted) -> Counted:
    return {survey: {survey: values} for survey, values in _all(counted).items()}


def _sum(counted: Iterable[Mapping[Any, int]]) -> dict[Any, int]:
    total: Counter[Any] = Counter()
    for each in counted:
        total.update(each)
    return dict(total)
