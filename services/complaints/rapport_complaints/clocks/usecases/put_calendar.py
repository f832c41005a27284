"""Add a version of a business calendar."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field
from rapport_chassis.versions import EffectiveFrom, Since
from rapport_kernel.errors import Invalid
from rapport_kernel.versions import Version

from rapport_complaints.cases.usecases.follow_calendar import FOLLOW, FOLLOW_REPAIRS
from rapport_complaints.clocks.domain.policies import CalendarData, calendar_of
from rapport_complaints.clocks.store.limits import limits_under
from rapport_complaints.work import ComplaintsWork

LIFETIME = timedelta(days=30 * 365)
"""Shorter than what clocks look into, which may have begun long ago."""


class NewCalendar(Since, CalendarData):
    """A calendar as it is from a date on; days before it keep the hours they had."""

    effective_from: EffectiveFrom | None = Field(
        default=None, description="Its local day is the first with these hours; today."
    )


async def put_calendar(work: ComplaintsWork, code: str, said: NewCalendar) -> Version[CalendarData]:
    """Add the version; clocks that run under the calendar are reckoned anew right after, their old due times kept.

    Raises Invalid for what cannot be a calendar, and `never` when a limit that is counted in it would not be reached within
    a lifetime; VersionConflict.
    """
    said.build()
    made = await work.calendars.put(code, said)
    await _demand_reach(work, code, made)
    await work.timers.set(FOLLOW_REPAIRS, code, work.now)
    await work.timers.set(FOLLOW, code, work.now)
    return made


async def _demand_reach(work: ComplaintsWork, code: str, made: Version[CalendarData]) -> None:
    """With these hours every limit that is counted in them is reached some day, reckoned from the day on which they begin:
    else a clock that runs could not be reckoned, and nobody could file under the policy."""
    calendar, start = calendar_of(await work.calendars.of(code)), max(work.now, made.effective_from)
    for limit in await limits_under(work, code):
        counted_in, duration = limit.on(calendar)
        try:
            within = counted_in.add(start, duration) - start <= LIFETIME
        except Invalid:
            within = False
        if not within:
            said = f"{limit.amount} {limit.unit} would never be over, and a limit of so much is counted in these hours."
            raise Invalid.at("week", "never", said)
