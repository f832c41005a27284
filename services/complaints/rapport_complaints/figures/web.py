"""Figures about complaints; in depth each with its n, its definition, what was left out, and an interval or `too_few`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field
from rapport_chassis.figures import counted, measured, share
from rapport_chassis.periods import Period, SpanView
from rapport_chassis.web import Call, Router
from rapport_chassis.work import Work
from rapport_contracts.complaints import figures as defined
from rapport_contracts.fields import Code
from rapport_contracts.figures import Definition, Figure

from rapport_complaints.access import STATS
from rapport_complaints.figures.store.figures import count
from rapport_complaints.figures.store.figures_in_depth import ONLY, Asked, GroupBy, Limits, Tally, count_contacts, tally

NONE: tuple[int, list[float]] = (0, [])
router = Router(tags=["figures"], about="Figures over a period, each with its n and its definition.")


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

    key: str | None = Field(description="Null: complaints that have none of what they are grouped by.")


def depth_of(t: Tally, as_of: datetime) -> dict[str, Any]:
    """The fields of `Depth`."""
    undecided = t.total - t.given_up - t.upheld - t.not_upheld
    decided = {"not-decided": undecided, "given-up": t.given_up}
    return {
        "total": counted(defined.TOTAL, t.total, as_of),
        "open": counted(defined.OPEN, t.open, as_of),
        "age": _spread(defined.AGE, t.spreads.get("age", NONE), {"ended": t.total - t.open}, as_of),
        **{f"time_to_{name}": _times(name, t, as_of) for name in defined.TIMES},
        "within_limit": Within(
            **{kind: _kept(each, t.limits.get(kind, Limits()), as_of) for kind, each in defined.WITHIN_LIMIT.items()}
        ),
        "upheld_rate": share(
            defined.UPHELD_RATE, t.upheld, t.upheld + t.not_upheld, as_of, decided, of="decided complaints"
        ),
        "recurring_rate": share(
            defined.RECURRING_RATE, t.recurring, t.total - t.duplicates, as_of, {"duplicate": t.duplicates}, of="complaints"
        ),
    }


def _kept(definition: Definition, limits: Limits, as_of: datetime) -> Figure:
    left_out = {"running": limits.running, "stopped": limits.stopped}
    return share(definition, limits.met, limits.met + limits.late, as_of, left_out, of="limits that ended or ran out")


def _times(name: str, tally: Tally, as_of: datetime) -> Times:
    """Of imported complaints nobody recorded when they were acknowledged and answered, and of some not when they closed."""
    found, counted_in_hours = tally.spreads.get(name, NONE), tally.spreads.get(f"{name}_business", NONE)
    left_out = tally.total - found[0]
    unknown = tally.silent if name == "close" else min(left_out, tally.imported)
    excluded = {"not-recorded": unknown, "not-happened": left_out - unknown}
    no_calendar = {"no-calendar": found[0] - counted_in_hours[0]}
    return Times(
        calendar=_spread(defined.TIMES[name], found, excluded, as_of),
        business=_spread(defined.BUSINESS_TIMES[name], counted_in_hours, excluded | no_calendar, as_of),
    )


def _spread(
    of: Mapping[str, Definition], found: tuple[int, list[float]], excluded: Mapping[str, int], as_of: datetime
) -> Spread:
    n, values = found
    return Spread(
        **{
            percentile: measured(definition, value, n, as_of, excluded)
            for (percentile, definition), value in zip(of.items(), values or (None, None, None), strict=True)
        }
    )


class Asking(Period):
    """Which complaints, by when they were received, and in which groups beside. Filters are about complaints: rates of
    contacts and of customers stay shares of all contacts."""

    channel: Code | None = None
    category: Code | None = None
    product: Code | None = None
    source: Code | None = Field(default=None, description="Imported from there.")
    group_by: GroupBy | None = Field(
        default=None,
        description="Figures in depth for each group as well, the largest 200 first, periods of the receipt in order."
        " `team` is that of the assignee as the staff list has it now, `policy` the one that it is pinned to.",
    )


class Stats(Depth, SpanView):
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


@router.get("/stats", allow=STATS, errors=["too-many-groups"], summary="Figures about complaints")
async def stats(asking: Asking, call: Call[Work]) -> Stats:
    """Counts over all complaints received in the period, imported ones too. Times are those from the receipt to what
    happened first, in calendar and in business time; a percentile or share of too few says so."""
    return await call.read(_stats, asking)


async def _stats(work: Work, asking: Asking) -> Stats:
    as_of, span = work.now, asking.span(work)
    asked = Asked(span.since, span.until, span.tz, {name: getattr(asking, name) for name in ONLY})
    by = await count(work, asked)
    states = by.get("state", {})
    told = await tally(work, asked, asking.group_by)
    contacts = await count_contacts(work, asked)
    nameless = {"no-customer": contacts.nameless}
    return Stats(
        **asdict(span),
        **depth_of(told.whole, as_of),
        closed=counted(defined.CLOSED, states.get("closed", 0), as_of),
        withdrawn=counted(defined.WITHDRAWN, states.get("withdrawn", 0), as_of),
        without_target=counted(defined.WITHOUT_TARGET, told.whole.untargeted, as_of),
        unknown_category=counted(defined.UNKNOWN_CATEGORY, told.whole.unknown, as_of),
        by_status=_figures(defined.BY_STATUS, states, as_of),
        by_channel=_figures(defined.BY_CHANNEL, by.get("channel", {}), as_of),
        by_category=_figures(defined.BY_CATEGORY, by.get("category", {}), as_of),
        by_source_category=_figures(defined.BY_SOURCE_CATEGORY, by.get("source_category", {}), as_of),
        by_cause=_figures(defined.BY_CAUSE, by.get("cause", {}), as_of),
        contact_rate=share(defined.CONTACT_RATE, contacts.complained, contacts.contacts, as_of, of="contacts"),
        customer_rate=share(
            defined.CUSTOMER_RATE, contacts.complaining, contacts.customers, as_of, nameless, of="customers in contact"
        ),
        group_by=asking.group_by,
        groups=[Group(key=each.name, **depth_of(each, as_of)) for each in told.groups],
        more_groups=counted(defined.MORE_GROUPS, told.more, as_of),
    )


def _figures(definition: Definition, counts: Mapping[str, int], as_of: datetime) -> dict[str, Figure]:
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return {name: counted(definition, n, as_of) for name, n in ordered}
