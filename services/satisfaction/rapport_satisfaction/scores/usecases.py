"""Report a score: the number with its n, interval, definition and the answers left out; or "too few"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from rapport_chassis.work import Work
from rapport_contracts.vocabulary import Metric
from rapport_kernel.errors import Invalid

from rapport_satisfaction.scores.domain import Difference, Estimate, difference, easy_share, estimate
from rapport_satisfaction.scores.store import Counts, Grouping, ScoreFilter
from rapport_satisfaction.surveys.store import Surveys


@dataclass(frozen=True, slots=True)
class Score:
    """One number and what it was computed from; `estimate` None means too few. `share` is the second number of CES."""

    metric: Metric
    n: int
    estimate: Estimate | None
    share: Estimate | None
    distribution: Mapping[int, int]
    excluded: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Report:
    """The score as a whole and by group, how many were asked and answered, and how it compares with another period."""

    whole: Score
    as_of: datetime
    invited: int
    answered: int
    groups: dict[str, Score] = field(default_factory=dict)
    before: Score | None = None
    change: Difference | None = None


async def report_scores(
    work: Work,
    wanted: ScoreFilter,
    by: Grouping | None = None,
    compare: tuple[datetime, datetime] | None = None,
) -> Report:
    """Count and compute. `compare` is another period to compare the score with.

    Raises NotFound for an unknown survey, Invalid when the survey measures another metric.
    """
    if wanted.survey is not None:
        survey = await work.store(Surveys).by_key(wanted.survey)
        if survey.metric != wanted.metric:
            raise Invalid("other-metric", "This survey measures another metric.")
    metric, counts = Metric(wanted.metric), work.store(Counts)
    whole = await _count(work, metric, wanted)
    invited, answered = await counts.invited(wanted)
    groups: dict[str, Score] = {}
    if by is not None:
        distributions = await counts.distributions(wanted, by)
        excluded = await counts.excluded(wanted, by)
        names = sorted({*distributions, *excluded})
        groups = {name: _score(metric, distributions.get(name, {}), excluded.get(name, {})) for name in names}
    before = change = None
    if compare is not None:
        before = await _count(work, metric, replace(wanted, since=compare[0], until=compare[1]))
        if whole.estimate is not None and before.estimate is not None:
            change = difference(whole.estimate, before.estimate)
    return Report(whole, work.now, invited, answered, groups, before, change)


async def _count(work: Work, metric: Metric, wanted: ScoreFilter) -> Score:
    counts = work.store(Counts)
    distribution = (await counts.distributions(wanted)).get("", {})
    return _score(metric, distribution, (await counts.excluded(wanted)).get("", {}))


def _score(metric: Metric, distribution: Mapping[int, int], excluded: Mapping[str, int]) -> Score:
    found = estimate(metric, distribution)
    share = easy_share(distribution) if metric is Metric.CES and found is not None else None
    return Score(metric, sum(distribution.values()), found, share, distribution, excluded)
