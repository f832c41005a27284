"""Figures about complaints."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field
from rapport_chassis.web import Call, Router, Scope
from rapport_chassis.web.body import Params
from rapport_contracts.fields import UtcTime
from rapport_contracts.figures import Figure

from rapport_complaints.domain.life import ENDED
from rapport_complaints.store.figures import count, count_unknown, count_untargeted
from rapport_complaints.store.work import ComplaintsWork

router = Router(tags=["figures"])


class Period(Params):
    """Complaints received in this time."""

    from_: UtcTime | None = Field(default=None, alias="from", description="Received from this time on.")
    to: UtcTime | None = Field(default=None, description="Received before this time.")


class Stats(BaseModel):
    """Counts of complaints by the state that they are in now, by channel, category and cause."""

    total: Figure
    open: Figure
    closed: Figure
    withdrawn: Figure
    without_target: Figure = Field(description="Open complaints that no policy matches: an alarm, not silence.")
    unknown_category: Figure = Field(description="Their category is not in use in the taxonomy they were classified under.")
    by_status: dict[str, Figure]
    by_channel: dict[str, Figure]
    by_category: dict[str, Figure] = Field(description="By our category; what is imported was mapped to it.")
    by_source_category: dict[str, Figure] = Field(description="Imported ones, by what the other system calls the category.")
    by_cause: dict[str, Figure] = Field(description="Those whose root cause is known.")


@router.get("/stats", allow=Scope("complaints:stats"), summary="Figures about complaints")
async def stats(period: Period, call: Call[ComplaintsWork]) -> Stats:
    """Counts over all complaints received in the period, imported ones too."""
    counted = await call.read(count, period.from_, period.to)
    untargeted = await call.read(count_untargeted, period.from_, period.to)
    unknown = await call.read(count_unknown, period.from_, period.to)
    as_of = (await call.work()).now
    states = counted.get("state", {})
    return Stats(
        total=_figure("complaints.total", sum(states.values()), as_of),
        open=_figure("complaints.open", sum(n for state, n in states.items() if state not in ENDED), as_of),
        closed=_figure("complaints.closed", states.get("closed", 0), as_of),
        withdrawn=_figure("complaints.withdrawn", states.get("withdrawn", 0), as_of),
        without_target=_figure("complaints.without-target", untargeted, as_of),
        unknown_category=_figure("complaints.unknown-category", unknown, as_of),
        by_status=_figures("complaints.by-status", states, as_of),
        by_channel=_figures("complaints.by-channel", counted.get("channel", {}), as_of),
        by_category=_figures("complaints.by-category", counted.get("category", {}), as_of),
        by_source_category=_figures("complaints.by-source-category", counted.get("source_category", {}), as_of),
        by_cause=_figures("complaints.by-cause", counted.get("cause", {}), as_of),
    )


def _figures(definition: str, counts: dict[str, int], as_of: datetime) -> dict[str, Figure]:
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return {name: _figure(definition, n, as_of) for name, n in ordered}


def _figure(definition: str, n: int, as_of: datetime) -> Figure:
    """A full count: exact, so without an interval, and never too few."""
    return Figure(value=n, n=n, unit="count", definition=definition, definition_version=1, as_of=as_of)
