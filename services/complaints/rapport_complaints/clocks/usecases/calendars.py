"""Calendars as they are known now, and what has to be computed anew once one is edited."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from rapport_chassis.work import Work
from rapport_kernel.business_time import BusinessCalendar
from rapport_kernel.errors import Invalid, NotFound

from rapport_complaints.clocks.domain.policies import calendar_of
from rapport_complaints.clocks.store.versions import CALENDARS

FOLLOW, FOLLOW_REPAIRS = "calendar.follow", "calendar.follow-repairs"
"""The kinds of timers that carry the portions of clocks and of other limits; their key is the calendar. Whoever counts in
calendars handles a timer of its own: a portion that fails holds up no other."""
PORTION = 200
ONCE_MORE = timedelta(minutes=1)
"""A command that began before the edit may commit after the last portion, with the calendar as it was: looked for later."""


async def calendar_edited(work: Work, code: str) -> None:
    """Have everything that is counted in this calendar computed anew right after this work."""
    for kind in (FOLLOW_REPAIRS, FOLLOW):
        await work.timers.set(kind, code, work.now)


async def calendars_of(work: Work, codes: Iterable[str]) -> dict[str, BusinessCalendar]:
    """Calendars by code, as they are known now."""
    return {code: calendar_of(await work.store(CALENDARS).of(code)) for code in set(codes)}


async def demand_calendar(work: Work, code: str, field: str = "calendar") -> BusinessCalendar:
    """The calendar of this code. Raises Invalid `unknown-calendar` at `field`."""
    try:
        return calendar_of(await work.store(CALENDARS).of(code))
    except NotFound:
        raise Invalid.at(field, "unknown-calendar", "There is no calendar of this code.") from None
