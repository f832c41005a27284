"""Statistics of trends and recurrences: exact where they can be, with nothing but the standard library."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, lgamma, log, log1p, sqrt

_Z = 1.959963984540054
"""The 0.975 quantile of the standard normal distribution: for intervals of 95 %."""
_NEGLIGIBLE = 1e-18


def chance_of_a_rise(observed: int, reference: int, share: float) -> float:
    """How likely so many or more in the window are when the rate has not changed; one-sided, exact.

    Conditional test of two Poisson counts (Przyborowski and Wilenski 1940): given their sum n, the count in the window
    is binomial with n and `share`, the window's part of the whole time (0 < share < 1). That the expected count is itself
    only estimated is thereby accounted for.
    """
    return _upper_tail(observed, observed + reference, share)


def adjust(chances: Sequence[float]) -> list[float]:
    """Chances corrected for being many, in the order given (Benjamini and Hochberg 1995): of those that are at most alpha
    afterwards, a part of alpha is expected to be wrong."""
    m = len(chances)
    adjusted, smallest = [1.0] * m, 1.0
    for rank, place in sorted(enumerate(sorted(range(m), key=lambda each: chances[each]), start=1), reverse=True):
        smallest = min(smallest, chances[place] * m / rank)
        adjusted[place] = smallest
    return adjusted


def wilson(hits: int, n: int) -> tuple[float, float]:
    """95 % interval of the share hits / n, between 0 and 1 (Wilson 1927). `n` is at least 1."""
    p, z2 = hits / n, _Z * _Z
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def _upper_tail(least: int, n: int, p: float) -> float:
    """P(X >= least) of a binomial X. Summed from the near end outwards, where the terms only fall, so that small chances
    keep their digits."""
    if least <= 0:
        return 1.0
    if least <= n * p:
        return max(0.0, 1.0 - _sum(n, least - 1, p, up=False))
    return min(1.0, _sum(n, least, p, up=True))


def _sum(n: int, start: int, p: float, *, up: bool) -> float:
    odds = p / (1 - p)
    term = exp(lgamma(n + 1) - lgamma(start + 1) - lgamma(n - start + 1) + start * log(p) + (n - start) * log1p(-p))
    total, k = 0.0, start
    while term > total * _NEGLIGIBLE:
        total += term
        if k == (n if up else 0):
            break
        term *= (n - k) / (k + 1) * odds if up else k / (n - k + 1) / odds
        k += 1 if up else -1
    return total
