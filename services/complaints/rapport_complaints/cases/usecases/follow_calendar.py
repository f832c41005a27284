"""A calendar was edited: work the due times of clocks that run under it out again, in portions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from rapport_chassis.timers import Timer
from rapport_chassis.work import Work

from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.clocks.domain.policies import calendar_of
from rapport_complaints.clocks.store.versions import CALENDARS

FOLLOW = "calendar.follow"
"""The kind of timer that carries the portions; its key is the calendar."""
PORTION = 200
ONCE_MORE = timedelta(minutes=1)
"""A command that began before the edit may commit after the last portion, with the calendar as it was: checked later."""


async def calendar_edited(work: Work, code: str) -> None:
    """Have everything that is counted in this calendar follow it right after this work."""
    await work.timers.set(FOLLOW, code, work.now)


def follow_calendar(*others: str) -> Callable[[Work, Timer], Awaitable[None]]:
    """The handler of FOLLOW: one portion of the clocks that are behind; the next portion is a timer that is due at once.
    `others` are kinds of timers for what else is counted in calendars; the first portion sets them, with the same key."""

    async def follow(work: Work, timer: Timer) -> None:
        if not timer.payload:
            for kind in others:
                await work.timers.set(kind, timer.key, work.now)
        versions = await work.store(CALENDARS).of(timer.key)
        newest = versions[-1].version
        ids = await work.store(Complaints).behind_calendar(timer.key, newest, PORTION)
        calendar = calendar_of(versions)
        for complaint in (await work.store(Complaints).get_many(ids, for_update=True)).values():
            complaint.follow_calendar(timer.key, calendar, newest, work.now)
        if len(ids) == PORTION:
            await work.timers.set(FOLLOW, timer.key, work.now, {**timer.payload, "more": True})
        elif not timer.payload.get("last"):
            await work.timers.set(FOLLOW, timer.key, work.now + ONCE_MORE, {"last": True})

    return follow
