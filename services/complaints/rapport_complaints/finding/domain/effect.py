"""The effect of a change (S68, S69): complaints of its group before it was unfrozen and after it was refrozen, compared."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from rapport_contracts.complaints.figures import CHANGE_EFFECT
from rapport_contracts.complaints.vocabulary import ChangeVerdict
from rapport_kernel.errors import Conflict
from rapport_kernel.statistics import chance_of_a_rise, wilson

HALF = 0.5
"""The share of each of two periods of equal length."""


class TooEarly(Conflict):
    """The period after the change is not over yet; measure fewer days, or later."""

    code = "too-early"


@dataclass(frozen=True, slots=True)
class Periods:
    """Two periods of `days` times 24 hours each: up to when the change was unfrozen, and from when it was refrozen (UTC)."""

    days: int
    before_start: datetime
    before_end: datetime
    after_start: datetime
    after_end: datetime

    @classmethod
    def around(cls, unfrozen_at: datetime, refrozen_at: datetime, days: int, now: datetime) -> Periods:
        """Raises TooEarly when the second period is not over."""
        length = timedelta(days=days)
        if refrozen_at + length > now:
            raise TooEarly
        return cls(days, unfrozen_at - length, unfrozen_at, refrozen_at, refrozen_at + length)


@dataclass(frozen=True, slots=True)
class Counted:
    """Complaints in the two periods; `excluded` are the duplicates in both. `first` is the time of the first complaint with
    a value in the dimension: nothing was counted before it."""

    before: int
    after: int
    excluded: int
    first: datetime | None


@dataclass(frozen=True, slots=True)
class Effect:
    """A measurement. `change` is that of the number, in percent of the one before, between `low` and `high` (95 %, from
    the Wilson interval of the share that came after); None where it is unknown. `p` is two-sided."""

    periods: Periods
    counted: Counted
    verdict: ChangeVerdict
    alpha: float
    minimum: int
    measured_at: datetime
    p: float | None = None
    change: float | None = None
    low: float | None = None
    high: float | None = None
    definition_version: int = CHANGE_EFFECT.version

    @property
    def published(self) -> dict[str, Any]:
        """The fields of the event."""
        return {
            **asdict(self.periods),
            "before": self.counted.before,
            "after": self.counted.after,
            "excluded": self.counted.excluded,
            "p": self.p,
            "verdict": self.verdict,
            "definition_version": self.definition_version,
            "measured_at": self.measured_at,
        }


def measure(periods: Periods, counted: Counted, alpha: float, minimum: int, now: datetime) -> Effect:
    """Compare the periods. Given both counts together, each of them is binomial with one half if nothing has changed
    (Przyborowski and Wilenski 1940); `p` is twice the chance of the rarer side. Fewer than `minimum` in both together is
    too few to tell."""
    n = counted.before + counted.after
    whole_day = timedelta(days=1)  # a complaint on the first day: then all of the period was counted
    if counted.first is None or counted.first - periods.before_start >= whole_day:
        return Effect(periods, counted, ChangeVerdict.NO_HISTORY, alpha, minimum, now)
    if n < minimum:
        return Effect(periods, counted, ChangeVerdict.TOO_FEW, alpha, minimum, now)
    fell = chance_of_a_rise(counted.before, counted.after, HALF)
    rose = chance_of_a_rise(counted.after, counted.before, HALF)
    p = min(1.0, 2 * min(fell, rose))
    verdict = ChangeVerdict.UNCHANGED
    if p <= alpha:
        verdict = ChangeVerdict.FALLEN if fell < rose else ChangeVerdict.RISEN
    low, high = wilson(counted.after, n)
    change = None if counted.before == 0 else _change(counted.after / n)
    return Effect(periods, counted, verdict, alpha, minimum, now, p, change, _change(low), _change(high))


def _change(share: float) -> float | None:
    return None if share >= 1 else 100 * (share / (1 - share) - 1)
