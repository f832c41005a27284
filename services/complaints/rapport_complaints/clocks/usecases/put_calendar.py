"""Add a version of a business calendar."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field
from rapport_chassis.versions import EffectiveFrom, Since
from rapport_chassis.work import Work
from rapport_kernel.errors import Invalid
from rapport_kernel.versions import Version

from rapport_complaints.clocks.domain.policies import CalendarData, calendar_of
from rapport_complaints.clocks.store.limits import limits_under
from rapport_complaints.clocks.store.versions import CALENDARS
from rapport_complaints.clocks.usecases.calendars import calendar_edited

LIFETIME = timedelta(days=30 * 365)
"""Shorter than what clocks look into, which may have begun long ago."""


class NewCalendar(Since, CalendarData):
    """A calendar as it is from a date on; days before it keep the hours they had."""

    effective_from: EffectiveFrom | None = Field(
        default=None, description="Its local day is the first with these hours; today."
    )


async def put_calendar(work: Work, code: str, command: NewCalendar) -> Version[CalendarData]:
    """Add the version; clocks that run under the calendar are reckoned anew right after, their old due times kept.

    Raises Invalid for what cannot be a calendar, and `never` when a limit that is counted in it would not be reached within
    a lifetime; VersionConflict.
    """
    command.build()
    made = await work.store(CALENDARS).put(code, command)
    await _demand_reach(work, code, made)
    await calendar_edited(work, code)
    return made


async def _demand_reach(work: Work, code: str, made: Version[CalendarData]) -> None:
    """With these hours every limit that is counted in them is reached some day, reckoned from the day on which they begin:
    else a clock that runs could not be reckoned, and nobody could file under the policy."""
    calendar, start = calendar_of(await work.store(CALENDARS).of(code)), max(work.now, made.effective_from)
    for limit in await limits_under(work, code):
        counted_in, duration = limit.on(calendar)
        try:
            within = counted_in.add(start, duration) - start <= LIFETIME
        except Invalid:
            within = False
        if not within:
            said = f"{limit.amount} {limit.unit} would never be over, and a limit of so much is counted in these hours."
            raise Invalid.at("week", "never", said)
