"""The arithmetic of trends and recurrences, against values reckoned by hand and in exact fractions."""

from __future__ import annotations

import random
from fractions import Fraction
from math import comb

import pytest
from rapport_kernel.statistics import adjust, chance_of_a_rise, wilson


def exactly(observed: int, reference: int, share: Fraction) -> Fraction:
    """The same in fractions."""
    n = observed + reference
    return sum((comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(observed, n + 1)), Fraction(0))


@pytest.mark.parametrize(
    ("observed", "reference", "share", "p"),
    [
        (3, 1, 0.5, 5 / 16),  # 4 and 1 of the 16 ways
        (2, 0, 0.25, 1 / 16),
        (1, 2, 1 / 3, 1 - 8 / 27),
        (0, 7, 0.1, 1.0),
        (9, 0, 1 / 9, 9.0**-9),
    ],
)
def test_the_chance_of_a_rise_is_what_counting_the_ways_gives(observed: int, reference: int, share: float, p: float) -> None:
    assert chance_of_a_rise(observed, reference, share) == pytest.approx(p, rel=1e-12)


def test_the_chance_agrees_with_exact_fractions_also_far_out() -> None:
    dice = random.Random(7)
    for _ in range(300):
        observed, reference, share = dice.randrange(0, 60), dice.randrange(0, 200), Fraction(1, dice.randrange(2, 12))
        expected = float(exactly(observed, reference, share))
        assert chance_of_a_rise(observed, reference, float(share)) == pytest.approx(expected, rel=1e-9)


def test_a_million_complaints_are_counted_without_losing_the_chance() -> None:
    assert chance_of_a_rise(111_111, 888_889, 1 / 9) == pytest.approx(0.5, abs=0.002)
    assert 0.0 <= chance_of_a_rise(500_000, 500_000, 1 / 9) < 1e-300
    assert chance_of_a_rise(10, 1_000_000, 1 / 9) == 1.0


def test_chances_are_corrected_as_benjamini_and_hochberg_say() -> None:
    assert adjust([]) == []
    assert adjust([0.04]) == [0.04]
    # m = 4: 0.01 * 4/1, 0.02 * 4/2, 0.03 * 4/3, 0.9 * 4/4; from the end on none is larger than the next one
    assert adjust([0.9, 0.01, 0.03, 0.02]) == pytest.approx([0.9, 0.04, 0.04, 0.04])
    assert adjust([0.001, 0.5, 0.5]) == pytest.approx([0.003, 0.5, 0.5])


def test_the_interval_is_that_of_wilson() -> None:
    # n = 10, no hit: upper bound z^2 / (n + z^2) = 3.8414588 / 13.8414588
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775328), abs=1e-7)
    assert wilson(10, 10) == pytest.approx((0.7224672, 1.0), abs=1e-7)
    # n = 50, 10 hits: centre (0.2 + z^2/100) / (1 + z^2/50) = 0.2214027, half 0.1090241
    assert wilson(10, 50) == pytest.approx((0.1124377, 0.3303711), abs=2e-5)
