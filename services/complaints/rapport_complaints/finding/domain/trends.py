"""Trends (S55, S68): whether something comes up more often than before, by cause, category, product and place.

Once a day the complaints of a recent window are counted and compared with those of a longer time before it. Nothing here
counts a duplicate: the same matter would count twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator
from rapport_contracts.complaints.figures import TREND
from rapport_contracts.complaints.finding import RootCauseTrendDetected
from rapport_contracts.complaints.vocabulary import TrendDimension
from rapport_contracts.fields import WrongValue
from rapport_kernel.aggregate import Aggregate
from rapport_kernel.ids import new_id
from rapport_kernel.statistics import adjust, chance_of_a_rise
from rapport_kernel.versions import Version
from rapport_kernel.wall_time import zone_of

from rapport_complaints.clocks.domain.policies import Data

TRENDS = "standard"
"""The code of the policy that counts."""


class TrendVerdict(StrEnum):
    """What became of a group: it rises and that is new; it still does and was said before; it does not; it is too small
    to tell; or nothing is known of the time before."""

    RISING = "rising"
    ONGOING = "ongoing"
    STEADY = "steady"
    TOO_FEW = "too-few"
    NO_HISTORY = "no-history"


class TrendPolicy(Data):
    """How trends and recurrences are found. Days are whole ones in `zone`. A group needs `minimum` complaints in window
    and reference together to be tested, and in the window to be called a trend. `recurrence_days`: how long after closing
    a complaint about the same counts as a recurrence; a rate needs `recurrence_minimum` closed complaints."""

    name: str = Field(min_length=1, max_length=200)
    zone: str = Field(default="Asia/Shanghai", max_length=64)
    window_days: int = Field(default=7, ge=1, le=92)
    reference_days: int = Field(default=56, ge=7, le=1_100)
    alpha: float = Field(default=0.01, gt=0, le=0.2)
    minimum: int = Field(default=5, ge=2, le=100_000)
    dimensions: list[TrendDimension] = Field(default_factory=lambda: list(TrendDimension), min_length=1, max_length=5)
    recurrence_days: int = Field(default=90, ge=1, le=1_100)
    recurrence_minimum: int = Field(default=10, ge=1, le=1_000_000)

    @model_validator(mode="after")
    def _longer(self) -> Self:
        if self.reference_days < self.window_days:
            raise WrongValue("reference-too-short")
        return self


@dataclass(frozen=True, slots=True)
class Windows:
    """The reference is from `reference_start` to before `start`, the window from there to before `end` (UTC)."""

    reference_start: datetime
    start: datetime
    end: datetime

    @classmethod
    def ending(cls, now: datetime, policy: TrendPolicy) -> Windows:
        """Those that end with the last whole day before `now`."""
        zone = zone_of(policy.zone)
        today = now.astimezone(zone).date()

        def day(before: int) -> datetime:
            return datetime.combine(today - timedelta(days=before), time(), zone).astimezone(UTC)

        return cls(day(policy.window_days + policy.reference_days), day(policy.window_days), day(0))


@dataclass(frozen=True, slots=True)
class Count:
    """How often a group came up in window and reference; `excluded` are its duplicates in both. `first` is when the first
    one of the group came, duplicates too."""

    dimension: str
    name: str
    observed: int
    reference: int
    excluded: int
    first: datetime


@dataclass(frozen=True, slots=True)
class Judged:
    """A count with its verdict. `expected`, `p` and `p_adjusted` are None when it was not tested."""

    count: Count
    reference_start: datetime
    verdict: TrendVerdict
    expected: float | None = None
    p: float | None = None
    p_adjusted: float | None = None


@dataclass(kw_only=True)
class Trend(Aggregate):
    """What was found about one group in one run."""

    dimension: str
    name: str
    verdict: str
    observed: int
    reference: int
    excluded: int
    expected: float | None
    p: float | None
    p_adjusted: float | None
    tested: int
    alpha: float
    minimum: int
    reference_start: datetime
    window_start: datetime
    window_end: datetime
    policy: str
    policy_version: int
    definition_version: int
    found_at: datetime

    @classmethod
    def found(cls, judged: Judged, windows: Windows, policy: Version[TrendPolicy], tested: int, at: datetime) -> Trend:
        """As it was judged; one that rises is published."""
        count = judged.count
        trend = cls(
            id=new_id(),
            dimension=count.dimension,
            name=count.name,
            verdict=judged.verdict,
            observed=count.observed,
            reference=count.reference,
            excluded=count.excluded,
            expected=judged.expected,
            p=judged.p,
            p_adjusted=judged.p_adjusted,
            tested=tested,
            alpha=policy.body.alpha,
            minimum=policy.body.minimum,
            reference_start=judged.reference_start,
            window_start=windows.start,
            window_end=windows.end,
            policy=policy.code,
            policy_version=policy.version,
            definition_version=TREND.version,
            found_at=at,
        )
        trend._publish()
        return trend

    def _publish(self) -> None:
        if self.verdict != TrendVerdict.RISING or self.expected is None or self.p is None or self.p_adjusted is None:
            return
        self.record(
            RootCauseTrendDetected(
                trend_id=self.id,
                dimension=self.dimension,
                group=self.name,
                observed=self.observed,
                reference=self.reference,
                expected=self.expected,
                p=self.p,
                p_adjusted=self.p_adjusted,
                alpha=self.alpha,
                tested=self.tested,
                reference_start=self.reference_start,
                window_start=self.window_start,
                window_end=self.window_end,
                policy=self.policy,
                policy_version=self.policy_version,
                definition_version=self.definition_version,
                detected_at=self.found_at,
            )
        )


def judge(
    counts: Sequence[Count], windows: Windows, policy: TrendPolicy, reported: Collection[tuple[str, str]] = ()
) -> list[Judged]:
    """Test all groups of one run together. `said` are groups (dimension, name) that were called rising in a window which
    overlaps with this one: they are said once.

    The reference of a dimension begins with the first thing known of it: before, nobody counted. When that leaves less
    than the length of the window, nothing is tested. Which groups are tested depends on window and reference together,
    never on the window alone; otherwise small chances would be picked, and the correction would not hold.
    """
    since = _known_since(counts, windows)
    length = windows.end - windows.start
    tested = [
        count
        for count in counts
        if windows.start - since[count.dimension] >= length and count.observed + count.reference >= policy.minimum
    ]
    shares = {dimension: length / (windows.end - start) for dimension, start in since.items()}
    chances = [chance_of_a_rise(count.observed, count.reference, shares[count.dimension]) for count in tested]
    results = dict(zip(map(_group, tested), zip(chances, adjust(chances), strict=True), strict=True))
    judged = []
    for count in counts:
        start = since[count.dimension]
        if _group(count) not in results:
            short = windows.start - start < length
            judged.append(Judged(count, start, TrendVerdict.NO_HISTORY if short else TrendVerdict.TOO_FEW))
            continue
        p, p_adjusted = results[_group(count)]
        expected = count.reference * (length / (windows.start - start))
        verdict = TrendVerdict.STEADY
        if p_adjusted <= policy.alpha and count.observed >= policy.minimum:
            verdict = TrendVerdict.ONGOING if _group(count) in reported else TrendVerdict.RISING
        judged.append(Judged(count, start, verdict, expected, p, p_adjusted))
    return judged


def _known_since(counts: Iterable[Count], windows: Windows) -> dict[str, datetime]:
    first: dict[str, datetime] = defaultdict(lambda: windows.end)
    for count in counts:
        first[count.dimension] = min(first[count.dimension], count.first)
    whole_day = timedelta(days=1)  # something of the first day came: then the reference is whole
    return {
        dimension: windows.reference_start if moment - windows.reference_start < whole_day else min(moment, windows.start)
        for dimension, moment in first.items()
    }


def _group(count: Count) -> tuple[str, str]:
    return count.dimension, count.name
