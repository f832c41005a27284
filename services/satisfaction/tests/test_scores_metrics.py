"""NPS, CSAT, CES: figures that were computed elsewhere, edges, and that order does not matter."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal

import pytest
from rapport_contracts.satisfaction.vocabulary import Band
from rapport_contracts.vocabulary import Metric
from rapport_satisfaction.answers.domain import band_of
from rapport_satisfaction.scores.domain import ces, csat, difference, easy_share, estimate, nps, share

AIRPORT = {10: 770, 9: 498, 8: 601, 7: 334, 6: 133, 5: 205, 4: 24, 3: 26, 2: 24, 1: 11, 0: 24}


def test_nps_of_an_airport_agrees_with_what_was_computed_elsewhere() -> None:
    found = nps(AIRPORT)
    assert found.n == 2650
    assert found.value == Decimal("30.98")
    assert found.method == "wald"
    assert (found.high - found.low) / 2 == pytest.approx(Decimal("2.83"), abs=Decimal("0.005"))


def test_eight_answers_are_too_few_and_ten_are_not() -> None:
    for metric in Metric:
        assert estimate(metric, {5: 8}) is None
        assert estimate(metric, {5: 9}) is None
        assert estimate(metric, {4: 5, 5: 5}) is not None


def test_small_samples_get_the_adjusted_interval() -> None:
    found = nps({10: 10, 8: 5, 3: 5})
    assert found.value == Decimal("25.00")
    assert found.method == "adjusted-wald"
    # by hand: centre 5/23, shares 10.75/23 and 5.75/23, half width 1.96 * sqrt(0.67013/23)
    assert (found.low, found.high) == (Decimal("-11.72"), Decimal("55.19"))


def test_intervals_stay_on_their_scale() -> None:
    everybody = nps({10: 12})
    assert everybody.value == everybody.high == Decimal("100.00")
    assert everybody.low < 100
    all_satisfied = csat({5: 40})
    assert all_satisfied.high == Decimal("100.00")
    assert Decimal(90) < all_satisfied.low < Decimal(100)


def test_csat_counts_the_two_upper_boxes_with_a_wilson_interval() -> None:
    found = csat({5: 50, 4: 31, 3: 10, 2: 5, 1: 4})
    assert found.value == Decimal("81.00")
    assert (found.low, found.high) == (Decimal("72.22"), Decimal("87.49"))
    assert found.method == "wilson"


def test_ces_is_a_mean_and_a_share_that_is_named() -> None:
    distribution = {7: 10, 6: 10, 4: 10, 2: 10}
    assert ces(distribution).value == Decimal("4.75")
    assert easy_share(distribution).value == Decimal("50.00")


def test_the_order_of_answers_changes_nothing() -> None:
    answers = [score for score, times in AIRPORT.items() for _ in range(times)]
    random.Random(3).shuffle(answers)
    assert nps(Counter(answers)) == nps(AIRPORT)


def test_three_points_more_with_two_hundred_answers_each_is_no_change() -> None:
    before, now = nps({10: 80, 8: 70, 3: 50}), nps({10: 83, 8: 70, 3: 47})
    found = difference(now, before)
    assert found.delta == Decimal("3.00")
    assert not found.significant
    assert difference(nps({10: 160, 3: 40}), nps({10: 80, 3: 120})).significant


def test_two_equal_scores_without_spread_do_not_differ() -> None:
    assert not difference(nps({10: 50}), nps({10: 40})).significant
    assert difference(nps({10: 50}), nps({0: 40})).significant


@pytest.mark.parametrize(
    ("metric", "score", "band"),
    [
        (Metric.NPS, 10, Band.PROMOTER),
        (Metric.NPS, 9, Band.PROMOTER),
        (Metric.NPS, 8, Band.PASSIVE),
        (Metric.NPS, 7, Band.PASSIVE),
        (Metric.NPS, 6, Band.DETRACTOR),
        (Metric.NPS, 0, Band.DETRACTOR),
        (Metric.CSAT, 4, Band.SATISFIED),
        (Metric.CSAT, 3, Band.NEUTRAL),
        (Metric.CSAT, 2, Band.DISSATISFIED),
        (Metric.CES, 5, Band.EASY),
        (Metric.CES, 4, Band.NEUTRAL),
        (Metric.CES, 3, Band.HARD),
    ],
)
def test_each_score_lies_in_one_band(metric: Metric, score: int, band: Band) -> None:
    assert band_of(metric, score) == band


def test_wilson_agrees_with_the_textbook_even_for_nobody() -> None:
    assert (share(0, 10).low, share(0, 10).high) == (Decimal("0.00"), Decimal("27.75"))
