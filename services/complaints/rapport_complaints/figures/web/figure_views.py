"""How figures in depth are shown: each with its n, its definition, what was left out, and an interval or "too few"."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field
from rapport_contracts.figures import Figure

from rapport_complaints.figures.store.figures_in_depth import Limits, Tally
from rapport_complaints.measures import counted, measured, share

FEWEST = {"p50": 5, "p90": 10, "p95": 20}
"""Of how many a percentile is said at least."""
NONE: tuple[int, list[float]] = (0, [])


class Spread(BaseModel):
    """Percentiles in seconds, interpolated between the two values beside them; p50 of at least 5, p90 of 10, p95 of 20."""

    p50: Figure
    p90: Figure
    p95: Figure


class Times(BaseModel):
    """From the receipt to what happened first. `calendar` is all time; `business` only that of the calendar of the clock
    that ran for it, without pauses: what was imported has none. Reckoned a moment after the fact."""

    calendar: Spread
    business: Spread


class Within(BaseModel):
    """Percent of the limits of the policy that a complaint is pinned to that were kept, of all its episodes. A limit that
    has run out counts as broken also while its clock runs; left out are those that still run, or were stopped."""

    acknowledgement: Figure
    resolution: Figure


class Depth(BaseModel):
    """Figures of a set of complaints. A share is said of at least 10, with its 95 % interval (Wilson)."""

    total: Figure
    open: Figure
    age: Spread = Field(description="Of those that are open.")
    time_to_acknowledge: Times
    time_to_answer: Times = Field(description="Until the customer was told the decision.")
    time_to_close: Times
    within_limit: Within
    upheld_rate: Figure = Field(
        description="Percent of those decided in which something was offered; of the decision that stands now."
    )
    recurring_rate: Figure = Field(description="Percent that name an earlier complaint which they repeat; no duplicates.")


class Group(Depth):
    """The same of one group."""

    group: str


def depth_of(t: Tally, as_of: datetime) -> dict[str, Any]:
    """The fields of `Depth`."""
    undecided = t.total - t.given_up - t.upheld - t.not_upheld
    return {
        "total": counted("complaints.total", t.total, as_of),
        "open": counted("complaints.open", t.open, as_of),
        "age": _spread("complaints.age", t.spreads.get("age", NONE), {"ended": t.total - t.open}, as_of),
        **{f"time_to_{name}": _times(name, t, as_of) for name in ("acknowledge", "answer", "close")},
        "within_limit": Within(
            **{
                kind: _kept(f"complaints.{kind}-within-limit", t.limits.get(kind, Limits()), as_of)
                for kind in ("acknowledgement", "resolution")
            }
        ),
        "upheld_rate": share(
            "complaints.upheld-rate",
            t.upheld,
            t.upheld + t.not_upheld,
            as_of,
            {"not-decided": undecided, "given-up": t.given_up},
            "decided complaints",
        ),
        "recurring_rate": share(
            "complaints.recurring-rate",
            t.recurring,
            t.total - t.duplicates,
            as_of,
            {"duplicate": t.duplicates},
            "complaints",
        ),
    }


def _kept(definition: str, limits: Limits, as_of: datetime) -> Figure:
    left_out = {"running": limits.running, "stopped": limits.stopped}
    return share(definition, limits.met, limits.met + limits.late, as_of, left_out, "limits that ended or ran out")


def _times(name: str, tally: Tally, as_of: datetime) -> Times:
    """Of imported complaints nobody recorded when they were acknowledged and answered, and of some not when they closed."""
    found, counted_in_hours = tally.spreads.get(name, NONE), tally.spreads.get(f"{name}_business", NONE)
    left_out = tally.total - found[0]
    unknown = tally.silent if name == "close" else min(left_out, tally.imported)
    excluded = {"not-recorded": unknown, "not-happened": left_out - unknown}
    no_calendar = {"no-calendar": found[0] - counted_in_hours[0]}
    return Times(
        calendar=_spread(f"complaints.time-to-{name}", found, excluded, as_of),
        business=_spread(f"complaints.business-time-to-{name}", counted_in_hours, excluded | no_calendar, as_of),
    )


def _spread(definition: str, found: tuple[int, list[float]], excluded: dict[str, int], as_of: datetime) -> Spread:
    n, values = found
    return Spread(
        **{
            percentile: measured(f"{definition}.{percentile}", value, n, "seconds", as_of, excluded, FEWEST[percentile])
            for percentile, value in zip(FEWEST, values or (None, None, None), strict=True)
        }
    )
