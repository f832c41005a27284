"""Add a version of a business calendar."""

from __future__ import annotations

from pydantic import Field
from rapport_chassis.versions import EffectiveFrom, Since
from rapport_kernel.versions import Version

from rapport_complaints.domain.clocks.policies import CalendarData
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.clocks.follow_calendar import FOLLOW


class NewCalendar(Since, CalendarData):
    """A calendar as it is from a date on; days before it keep the hours they had."""

    effective_from: EffectiveFrom | None = Field(
        default=None, description="Its local day is the first with these hours; today."
    )


async def put_calendar(work: ComplaintsWork, code: str, said: NewCalendar) -> Version[CalendarData]:
    """Add the version; clocks that run under the calendar are reckoned anew right after, their old due times kept.

    Raises Invalid for what cannot be a calendar, VersionConflict.
    """
    said.build()
    made = await work.calendars.put(code, said)
    await work.timers.set(FOLLOW, code, work.now)
    return made
