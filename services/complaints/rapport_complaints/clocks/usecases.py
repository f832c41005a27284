"""Calendars, SLA policies and packs: a version is added, a pack installed; what has to be computed anew once a calendar is
edited.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from pydantic import Field
from rapport_chassis.bodies import Body
from rapport_chassis.commands import example
from rapport_chassis.versions import EffectiveFrom, Since
from rapport_chassis.work import Work
from rapport_kernel.business_time import BusinessCalendar
from rapport_kernel.errors import Invalid, NotFound
from rapport_kernel.versions import Version

from rapport_complaints.clocks.domain.policies import CalendarData, SlaPolicy, calendar_of
from rapport_complaints.clocks.store import CALENDARS, SLA_POLICIES, limits_under, pack

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
        raise Invalid.at(field, "unknown-calendar") from None


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
            raise Invalid.at("week", "never")


class NewPolicy(Since, SlaPolicy):
    """A policy as it is from a time on, for complaints received from then on; running clocks keep their version."""


async def put_policy(work: Work, code: str, command: NewPolicy) -> Version[SlaPolicy]:
    """Add the version. Raises Invalid `unknown-calendar`, `never`, VersionConflict."""
    await demand_reachable(work, command, "calendar", work.now)
    return await work.store(SLA_POLICIES).put(code, command)


async def demand_reachable(work: Work, body: SlaPolicy, field: str, now: datetime) -> None:
    """There is a calendar that this policy can be reckoned in. Raises Invalid at `field`: `unknown-calendar`, and `never`
    when a limit is more than it has within 40 years."""
    calendar = await demand_calendar(work, body.calendar, field)
    for limit in (limit for rule in body.rules for limit in rule.limits):
        counted_in, duration = limit.on(calendar)
        counted_in.add(now, duration)


class Installation(Since, Body):
    """From when on it holds."""

    model_config = example({"effective_from": "2026-12-01T00:00:00+08:00"})


async def install_pack(work: Work, code: str, command: Installation) -> Version[SlaPolicy]:
    """Add the version. Raises NotFound, Invalid as `put_policy`, VersionConflict (If-Match is the policy's)."""
    chosen = pack(code)
    await demand_reachable(work, chosen.policy, "calendar", work.now)
    made = await work.store(SLA_POLICIES).add(code, chosen.policy, command.effective_from or work.now)
    detail = {"version": made.version, "edition": chosen.edition}
    await work.audit("policy-pack.install", f"sla-policy:{code}", detail=detail)
    return made
