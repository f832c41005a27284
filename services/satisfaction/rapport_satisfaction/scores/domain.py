"""NPS, CSAT and CES from counted answers, with their intervals. Exact arithmetic: the order of answers changes nothing.

A distribution counts how often each score was given. What each metric means, and how many answers it needs, is declared in
`rapport_contracts.satisfaction.figures`; with fewer there is no number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

from rapport_contracts.satisfaction.figures import CES, CSAT, NPS
from rapport_contracts.satisfaction.vocabulary import Band
from rapport_contracts.vocabulary import Metric

from rapport_satisfaction.answers.domain import band_of

LARGE = 30
LEVEL = 0.95
_Z = Decimal("1.959963984540054")
_CENT = Decimal("0.01")
_EXACT = Context(prec=60)

Distribution = Mapping[int, int]
DEFINED = {Metric.NPS: NPS, Metric.CSAT: CSAT, Metric.CES: CES}


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval, to two decimals; `exact` and `variance` are exact, for comparing two of them."""

    value: Decimal
    low: Decimal
    high: Decimal
    method: str
    n: int
    exact: Fraction
    variance: Fraction


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference of two estimates; `p` is the chance of at least this much without any real difference (two-sided)."""

    delta: Decimal
    p: float
    significant: bool


def estimate(metric: Metric, distribution: Distribution) -> Estimate | None:
    """The metric of a distribution, or None for too few answers."""
    if sum(distribution.values()) < (DEFINED[metric].least or 0):
        return None
    return {Metric.NPS: nps, Metric.CSAT: csat, Metric.CES: ces}[metric](distribution)


def nps(distribution: Distribution) -> Estimate:
    """Promoters minus detractors in points, -100 to 100 (Bain).

    Interval: with p and d the shares, Var = p + d - (p - d)^2, SE = sqrt(Var / n), value +- 1.96 SE (Wald; Cross
    Validated 18603). From 10 to 29 answers adjusted Wald: 3/4 promoter and 3/4 detractor more among 3 more answers
    (Rocks 2016; measuringu.com/nps-confidence-intervals), cut at -100 and 100. Needs at least one answer.
    """
    n = sum(distribution.values())
    promoters = _count(Metric.NPS, distribution, Band.PROMOTER)
    detractors = _count(Metric.NPS, distribution, Band.DETRACTOR)
    exact = Fraction(100 * (promoters - detractors), n)
    if n >= LARGE:
        centre, variance, method = exact, _net_variance(Fraction(promoters), Fraction(detractors), Fraction(n)), "wald"
    else:
        more = Fraction(3, 4)
        centre = 100 * Fraction(promoters - detractors) / (n + 3)
        variance, method = _net_variance(promoters + more, detractors + more, Fraction(n + 3)), "adjusted-wald"
    half = _half_width(variance)
    low, high = max(_decimal(centre) - half, Decimal(-100)), min(_decimal(centre) + half, Decimal(100))
    return Estimate(_cents(_decimal(exact)), _cents(low), _cents(high), method, n, exact, variance)


def csat(distribution: Distribution) -> Estimate:
    """Percentage of the top two boxes of five (S71: the target is 90 %), with the Wilson interval."""
    return share(_count(Metric.CSAT, distribution, Band.SATISFIED), sum(distribution.values()))


def ces(distribution: Distribution) -> Estimate:
    """Mean of 1-7 (CES 2.0), Wald interval with the sample variance (n - 1). Needs at least two answers."""
    n = sum(distribution.values())
    mean = Fraction(sum(score * times for score, times in distribution.items()), n)
    squares = sum((times * (score - mean) ** 2 for score, times in distribution.items()), Fraction(0))
    variance = squares / (n - 1) / n
    half = _half_width(variance)
    low, high = max(_decimal(mean) - half, Decimal(1)), min(_decimal(mean) + half, Decimal(7))
    return Estimate(_cents(_decimal(mean)), _cents(low), _cents(high), "wald", n, mean, variance)


def easy_share(distribution: Distribution) -> Estimate:
    """Percentage of 5-7 on the effort scale (CES 2.0: share of customers for whom it was easy), Wilson interval."""
    return share(_count(Metric.CES, distribution, Band.EASY), sum(distribution.values()))


def share(hits: int, n: int) -> Estimate:
    """`hits` of `n` in percent with the Wilson score interval (Wilson 1927), which never leaves 0-100."""
    exact = Fraction(100 * hits, n)
    p, z2 = Fraction(hits, n), Fraction(_Z) ** 2
    centre = _decimal((p + z2 / (2 * n)) / (1 + z2 / n))
    root = _decimal(p * (1 - p) / n + z2 / (4 * n * n)).sqrt(_EXACT)
    half = _EXACT.divide(_EXACT.multiply(_Z, root), _decimal(1 + z2 / n))
    variance = 10_000 * p * (1 - p) / n
    return Estimate(
        _cents(_decimal(exact)), _cents(100 * (centre - half)), _cents(100 * (centre + half)), "wilson", n, exact, variance
    )


def difference(now: Estimate, before: Estimate) -> Difference:
    """Is it a real change? z test on the difference of two independent estimates; significant below p = 0.05."""
    delta = now.exact - before.exact
    spread = now.variance + before.variance
    if spread == 0:
        p = 1.0 if delta == 0 else 0.0
    else:
        p = math.erfc(abs(float(delta)) / math.sqrt(float(spread)) / math.sqrt(2))
    return Difference(_cents(_decimal(delta)), p, p < 1 - LEVEL)


def _count(metric: Metric, distribution: Distribution, band: Band) -> int:
    return sum(times for score, times in distribution.items() if times and band_of(metric, score) == band)


def _net_variance(promoters: Fraction, detractors: Fraction, n: Fraction) -> Fraction:
    p, d = promoters / n, detractors / n
    return 10_000 * (p + d - (p - d) ** 2) / n


def _half_width(variance: Fraction) -> Decimal:
    return _EXACT.multiply(_Z, _decimal(variance).sqrt(_EXACT))


def _decimal(value: Fraction) -> Decimal:
    return _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))


def _cents(value: Decimal) -> Decimal:
    return value.quantize(_CENT, ROUND_HALF_EVEN)
