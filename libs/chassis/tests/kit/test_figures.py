"""Figures are made by their definitions, rounded in one way, and never of too few."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from rapport_chassis.figures import counted, measured, mixed, share
from rapport_contracts.complaints.figures import RECOVERY_TIME, TOTAL, UPHELD_RATE
from rapport_contracts.figures import Definition, Interval

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def test_a_figure_names_its_definition_and_nothing_else() -> None:
    figure = counted(TOTAL, 3, NOW, {"never": 0, "open": 2})
    assert figure.model_dump(mode="json", exclude_none=True) == {
        "value": 3,
        "n": 3,
        "unit": "count",
        "definition": {"key": "complaints.total", "version": 1},
        "as_of": "2026-03-02T00:00:00.000000Z",
        "verdict": "ok",
        "excluded": {"open": 2},
    }


@pytest.mark.parametrize("n", [10, 11, 30, 77, 1_000, 123_457])
def test_no_bound_lies_outside_or_has_more_than_two_digits(n: int) -> None:
    for hits in (0, 1, n // 3, n - 1, n):
        figure = share(UPHELD_RATE, hits, n, NOW)
        assert figure.value is not None and figure.interval is not None
        bounds = (figure.interval.low, figure.value, figure.interval.high)
        assert 0 <= bounds[0] <= bounds[1] <= bounds[2] <= 100
        assert all(round(bound, 2) == bound for bound in bounds)


def test_of_too_few_there_is_neither_value_nor_interval() -> None:
    for n in (0, 9):
        figure = share(UPHELD_RATE, n, n, NOW, {"given-up": 4}, of="decided complaints")
        assert (figure.value, figure.interval, figure.verdict, figure.n) == (None, None, "too_few", n)
        assert (figure.excluded, figure.denominator) == ({"given-up": 4}, "decided complaints")
    assert share(UPHELD_RATE, 5, 10, NOW).verdict == "ok"


def test_what_is_mixed_has_its_n_and_no_value() -> None:
    figure = mixed(UPHELD_RATE, 40, NOW)
    assert (figure.value, figure.interval, figure.verdict, figure.n) == (None, None, "mixed", 40)


def test_seconds_are_rounded_too() -> None:
    interval = Interval(low=1.23456, high=99.99999999999999, level=0.95, method="wald")
    figure = measured(RECOVERY_TIME, 14.274999, 12, NOW, least=10, interval=interval)
    assert figure.interval is not None
    assert (figure.value, figure.interval.low, figure.interval.high) == (14.27, 1.23, 100)


def test_the_least_is_said_in_one_place() -> None:
    with pytest.raises(TypeError, match="least n of 'complaints"):
        share(UPHELD_RATE, 5, 10, NOW, least=3)
    with pytest.raises(TypeError, match="least n of 'complaints"):
        measured(RECOVERY_TIME, 1.0, 10, NOW)


def test_a_figure_without_a_declared_definition_cannot_be_made() -> None:
    for strange in (
        Definition("complaints.happiness", "count", "Made up."),
        Definition("complaints.total", "count", "Mine."),
    ):
        with pytest.raises(LookupError, match=strange.key):
            counted(strange, 1, NOW)
