"""Figures about complaints; in depth each with its n, its definition, what was left out, and an interval or "too few"."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field
from rapport_chassis.figures import counted, measured, share
from rapport_chassis.web import Call, Router, Scope
from rapport_chassis.work import Work
from rapport_contracts.figures import Figure

from rapport_complaints.access import Period
from rapport_complaints.figures.store.figures import count
from rapport_complaints.figures.store.figures_in_depth import Asked, GroupBy, Limits, Tally, count_contacts, tally

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


class Grouped(Period):
    """The same, in groups beside."""

    group_by: GroupBy | None = Field(
        default=None,
        description="Figures in depth for each group as well, the largest 200 first. `team` is that of the assignee as the"
        " staff list has it now, `month` that of the receipt, `policy` the one that it is pinned to.",
    )


class Stats(Depth):
    """Counts of complaints by the state that they are in now, by channel, category and cause; how long they took, and what
    became of them."""

    closed: Figure
    withdrawn: Figure
    without_target: Figure = Field(description="Open complaints that no policy matches: an alarm, not silence.")
    unknown_category: Figure = Field(description="Their category is not in use in the taxonomy they were classified under.")
    by_status: dict[str, Figure]
    by_channel: dict[str, Figure]
    by_category: dict[str, Figure] = Field(description="By our category; what is imported was mapped to it.")
    by_source_category: dict[str, Figure] = Field(description="Imported ones, by what the other system calls the category.")
    by_cause: dict[str, Figure] = Field(description="Those whose root cause is known.")
    contact_rate: Figure = Field(description="Percent of the contacts begun in the time, out of which a complaint came.")
    customer_rate: Figure = Field(description="Percent of the customers in contact in the time, who complained in it.")
    group_by: GroupBy | None
    groups: list[Group] = Field(description="Empty without `group_by`.")
    more_groups: Figure = Field(description="Groups that are not listed.")
    in_no_group: Figure = Field(description="Complaints that have none of what they are grouped by.")


def figures_router(zone: str) -> Router:
    """The routes of figures; `zone` is that of the months."""
    router = Router(tags=["figures"])

    @router.get("/stats", allow=Scope("complaints:stats"), summary="Figures about complaints")
    async def stats(period: Grouped, call: Call[Work]) -> Stats:
        """Counts over all complaints received in the period, imported ones too. Times are those from the receipt to what
        happened first, in calendar and in business time; a percentile or share of too few says so."""
        return await call.read(_stats, period, Asked(period.from_, period.to, zone))

    return router


async def _stats(work: Work, period: Grouped, asked: Asked) -> Stats:
    as_of = work.now
    by = await count(work, period.from_, period.to)
    states = by.get("state", {})
    told = await tally(work, asked, period.group_by)
    contacts = await count_contacts(work, asked)
    nameless = {"no-customer": contacts.nameless}
    return Stats(
        **depth_of(told.whole, as_of),
        closed=counted("complaints.closed", states.get("closed", 0), as_of),
        withdrawn=counted("complaints.withdrawn", states.get("withdrawn", 0), as_of),
        without_target=counted("complaints.without-target", told.whole.untargeted, as_of),
        unknown_category=counted("complaints.unknown-category", told.whole.unknown, as_of),
        by_status=_figures("complaints.by-status", states, as_of),
        by_channel=_figures("complaints.by-channel", by.get("channel", {}), as_of),
        by_category=_figures("complaints.by-category", by.get("category", {}), as_of),
        by_source_category=_figures("complaints.by-source-category", by.get("source_category", {}), as_of),
        by_cause=_figures("complaints.by-cause", by.get("cause", {}), as_of),
        contact_rate=share("complaints.per-contact", contacts.complained, contacts.contacts, as_of, {}, "contacts"),
        customer_rate=share(
            "complaints.per-customer", contacts.complaining, contacts.customers, as_of, nameless, "customers in contact"
        ),
        group_by=period.group_by,
        groups=[Group(group=each.name, **depth_of(each, as_of)) for each in told.groups],
        more_groups=counted("complaints.more-groups", told.more, as_of),
        in_no_group=counted("complaints.in-no-group", told.in_none, as_of),
    )


def _figures(definition: str, counts: dict[str, int], as_of: datetime) -> dict[str, Figure]:
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return {name: counted(definition, n, as_of) for name, n in ordered}
