"""What is called a trend and what is not, without a database."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError
from rapport_complaints.finding.domain.trends import Count, Trend, TrendPolicy, TrendVerdict, Windows, judge
from rapport_complaints.shipped import shipped
from rapport_contracts.complaints.finding import RootCauseTrendDetected

from .making import at, version

SHIPPED = shipped("trend_policies", TrendPolicy)["standard"]
NOW = at("2026-11-25 10:30")
WINDOWS = Windows.ending(NOW, SHIPPED)


def count(name: str, observed: int, reference: int, dimension: str = "cause", *, since: datetime | None = None) -> Count:
    return Count(dimension, name, observed, reference, 0, since or WINDOWS.reference_start)


def verdicts(*counts: Count, said: set[tuple[str, str]] | None = None) -> dict[str, str]:
    return {each.count.name: each.verdict.value for each in judge(counts, WINDOWS, SHIPPED, said or set())}


def poisson(dice: random.Random, mean: float) -> int:
    """How many events of a steady stream fall into a unit of time."""
    n, passed = 0, dice.expovariate(mean)
    while passed < 1:
        n, passed = n + 1, passed + dice.expovariate(mean)
    return n


def test_windows_are_whole_days_of_the_zone_and_end_with_the_last_one() -> None:
    assert Windows(at("2026-09-23 00:00"), at("2026-11-18 00:00"), at("2026-11-25 00:00")) == WINDOWS
    berlin = Windows.ending(datetime(2026, 10, 27, 12, tzinfo=UTC), TrendPolicy(name="p", zone="Europe/Berlin"))
    assert berlin.end - berlin.start == timedelta(days=7, hours=1)  # the clocks were set back in it


def test_a_true_rise_is_a_trend_among_steady_groups() -> None:
    steady = [count(f"steady-{number}", 3, 24) for number in range(13)]
    found = verdicts(count("packaging", 14, 24), *steady)
    assert found.pop("packaging") == "rising"
    assert set(found.values()) == {"steady"}


def test_a_trend_is_published_with_the_figures_that_it_rests_on() -> None:
    judged = judge([count("packaging", 14, 24), count("misuse", 2, 30)], WINDOWS, SHIPPED)
    found = [Trend.found(each, WINDOWS, version(SHIPPED, "standard"), 2, NOW) for each in judged]
    assert [len(each.recorded) for each in found] == [1, 0]
    fact = found[0].recorded[0]
    assert isinstance(fact, RootCauseTrendDetected)
    assert (fact.observed, fact.reference, fact.expected, fact.tested) == (14, 24, 3.0, 2)
    assert fact.p == pytest.approx(3.109752593431345e-05)  # in exact fractions: 38 complaints, one ninth of the time
    assert fact.p_adjusted == pytest.approx(2 * fact.p)


def test_what_was_said_in_a_window_that_overlaps_is_not_said_again() -> None:
    assert verdicts(count("packaging", 14, 24), said={("cause", "packaging")}) == {"packaging": "ongoing"}
    assert verdicts(count("packaging", 14, 24), said={("category", "packaging")}) == {"packaging": "rising"}


def test_small_groups_are_too_few_and_a_group_needs_the_minimum_in_the_window() -> None:
    assert verdicts(count("rare", 2, 2), count("new", 5, 0)) == {"rare": "too-few", "new": "rising"}
    assert verdicts(count("four", 4, 1)) == {"four": "steady"}  # unlikely enough, but fewer than five


def test_the_more_groups_are_tested_the_more_unlikely_one_must_be() -> None:
    alone = verdicts(count("here", 8, 16))  # p = 0.0033
    among = verdicts(count("here", 8, 16), *[count(f"other-{number}", 3, 24) for number in range(50)])
    assert (alone["here"], among["here"]) == ("rising", "steady")


def test_where_nobody_counted_before_nothing_is_called_a_rise() -> None:
    fresh = WINDOWS.start - timedelta(days=6)
    assert verdicts(count("all-new", 50, 1, since=fresh)) == {"all-new": "no-history"}
    known = WINDOWS.start - timedelta(days=14)
    [judged] = judge([count("known", 8, 16, since=known)], WINDOWS, SHIPPED)
    assert (judged.expected, judged.verdict) == (8.0, TrendVerdict.STEADY)  # two weeks of reference, not eight


def test_noise_gives_no_more_false_alarms_than_alpha_says() -> None:
    dice = random.Random(7)
    runs, alarms = 400, 0
    for _ in range(runs):
        means = [1.0, 2.0, 4.0, 8.0] * 5
        noise = [count(f"g{place}", poisson(dice, mean), poisson(dice, mean * 8)) for place, mean in enumerate(means)]
        alarms += "rising" in verdicts(*noise).values()
    assert alarms <= 2 * runs * SHIPPED.alpha


@pytest.mark.parametrize(
    "change", [{"window_days": 30, "reference_days": 29}, {"alpha": 0.0}, {"minimum": 1}, {"dimensions": []}]
)
def test_a_policy_that_makes_no_sense_is_none(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TrendPolicy.model_validate({"name": "p", **change})
