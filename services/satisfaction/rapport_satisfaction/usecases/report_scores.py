"""Report a score: the number with its n, interval, definition and what was left out; or "too few"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from rapport_contracts.vocabulary import Metric
from rapport_kernel.errors import Invalid

from rapport_satisfaction.domain.metrics import Difference, Estimate, difference, easy_share, estimate
from rapport_satisfaction.store.responses import Grouping, ScoreFilter
from rapport_satisfaction.store.work import SatisfactionWork


@dataclass(frozen=True, slots=True)
class Score:
    """One number and where it comes from; `estimate` None says too few. `share` is the second number of CES."""

    metric: Metric
    n: int
    estimate: Estimate | None
    share: Estimate | None
    distribution: Mapping[int, int]
    excluded: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Report:
    """The score as a whole, its parts, how many were asked and answered, and how it compares with another time."""

    whole: Score
    as_of: datetime
    invited: int
    answered: int
    groups: dict[str, Score] = field(default_factory=dict)
    before: Score | None = None
    change: Difference | None = None


async def report_scores(
    work: SatisfactionWork,
    asked: ScoreFilter,
    by: Grouping | None = None,
    compare: tuple[datetime, datetime] | None = None,
) -> Report:
    """Count and compute. `compare` is another stretch of time to hold the score against.

    Raises NotFound for an unknown survey, Invalid when the survey measures another metric.
    """
    if asked.survey is not None:
        survey = await work.surveys.by_key(asked.survey)
        if survey.versions[0].definition.metric != asked.metric:
            raise Invalid("other-metric", "This survey measures another metric.")
    metric = Metric(asked.metric)
    whole = await _count(work, metric, asked)
    invited, answered = await work.responses.invited(asked)
    groups: dict[str, Score] = {}
    if by is not None:
        distributions = await work.responses.distributions(asked, by)
        excluded = await work.responses.excluded(asked, by)
        names = sorted({*distributions, *excluded})
        groups = {name: _score(metric, distributions.get(name, {}), excluded.get(name, {})) for name in names}
    before = change = None
    if compare is not None:
        before = await _count(work, metric, replace(asked, since=compare[0], until=compare[1]))
        if whole.estimate is not None and before.estimate is not None:
            change = difference(whole.estimate, before.estimate)
    return Report(whole, work.now, invited, answered, groups, before, change)


async def _count(work: SatisfactionWork, metric: Metric, asked: ScoreFilter) -> Score:
    distribution = (await work.responses.distributions(asked)).get("", {})
    return _score(metric, distribution, (await work.responses.excluded(asked)).get("", {}))


def _score(metric: Metric, distribution: Mapping[int, int], excluded: Mapping[str, int]) -> Score:
    found = estimate(metric, distribution)
    share = easy_share(distribution) if metric is Metric.CES and found is not None else None
    return Score(metric, sum(distribution.values()), found, share, distribution, excluded)
