"""Add a version of an SLA policy."""

from __future__ import annotations

from datetime import datetime

from rapport_chassis.versions import Since
from rapport_chassis.work import Work
from rapport_kernel.versions import Version

from rapport_complaints.clocks.domain.policies import SlaPolicy
from rapport_complaints.clocks.store.versions import SLA_POLICIES
from rapport_complaints.clocks.usecases.calendars import demand_calendar


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
