"""Figures about complaints."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field
from rapport_chassis.web import Call, Router, Scope
from rapport_chassis.work import Work
from rapport_contracts.figures import Figure

from rapport_complaints.figures.store.figures import count
from rapport_complaints.figures.store.figures_in_depth import Asked, GroupBy, count_contacts, tally
from rapport_complaints.figures.web.figure_views import Depth, Group, depth_of
from rapport_complaints.measures import Period, counted, share


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
