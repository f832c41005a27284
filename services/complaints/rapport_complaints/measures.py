"""How one figure is shown: with its n, its definition, what was left out, and an interval or "too few"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field
from rapport_chassis.bodies import Params
from rapport_contracts.fields import UtcTime
from rapport_contracts.figures import Figure, Interval
from rapport_kernel.statistics import wilson

FEWEST_OF_A_SHARE = 10


class Period(Params):
    """Complaints received in this time."""

    from_: UtcTime | None = Field(default=None, alias="from", description="Received from this time on.")
    to: UtcTime | None = Field(default=None, description="Received before this time.")


def counted(definition: str, n: int, as_of: datetime) -> Figure:
    """A full count: exact, so without an interval, and never too few."""
    return Figure(value=n, n=n, unit="count", definition=definition, definition_version=1, as_of=as_of)


def measured(
    definition: str,
    value: float | None,
    n: int,
    unit: Literal["count", "seconds", "percent", "points"],
    as_of: datetime,
    excluded: Mapping[str, int],
    fewest: int,
    *,
    interval: Interval | None = None,
    of: str | None = None,
) -> Figure:
    """A value out of `n`, or too few of them; what was left out is named where there is any. `of` says what n counts."""
    enough = n >= fewest and value is not None
    return Figure(
        value=value if enough else None,
        n=n,
        unit=unit,
        definition=definition,
        definition_version=1,
        as_of=as_of,
        verdict="ok" if enough else "too few",
        interval=interval if enough else None,
        excluded={reason: count for reason, count in excluded.items() if count},
        denominator=of,
    )


def share(
    definition: str,
    hits: int,
    n: int,
    as_of: datetime,
    excluded: Mapping[str, int],
    of: str | None = None,
    fewest: int = FEWEST_OF_A_SHARE,
) -> Figure:
    """Percent with its interval, or too few; `of` says what n counts, `fewest` how many it needs."""
    fewest = max(fewest, 1)
    low, high = wilson(hits, n) if n >= fewest else (0.0, 1.0)
    interval = Interval(low=100 * low, high=100 * high, level=0.95, method="wilson")
    value = 100 * hits / n if n else None
    return measured(definition, value, n, "percent", as_of, excluded, fewest, interval=interval, of=of)
