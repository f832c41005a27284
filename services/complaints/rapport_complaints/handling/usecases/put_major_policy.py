"""Add a version of what a major complaint is."""

from __future__ import annotations

from rapport_chassis.commands import example
from rapport_chassis.versions import Since
from rapport_chassis.work import Work
from rapport_kernel.versions import Version

from rapport_complaints.clocks.usecases.calendars import demand_calendar
from rapport_complaints.handling.domain.major_data import MajorPolicy
from rapport_complaints.handling.store.versions import MAJOR_POLICIES
from rapport_complaints.shipped import shipped


class NewMajorPolicy(Since, MajorPolicy):
    """The policy as it is from a time on; cases keep the version under which they were declared."""

    model_config = example(shipped("major_policies", MajorPolicy)["standard"].model_dump(mode="json", exclude_defaults=True))


async def put_major_policy(work: Work, code: str, command: NewMajorPolicy) -> Version[MajorPolicy]:
    """Add the version. Raises NotFound for another code than that of the one policy that counts, Invalid
    `unknown-calendar`, `never` for a limit that the calendar never reaches, VersionConflict."""
    work.store(MAJOR_POLICIES).demand(code)
    calendar = await demand_calendar(work, command.calendar)
    for step in command.steps:
        if step.within is not None:
            counted_in, duration = step.within.on(calendar)
            counted_in.add(work.now, duration)
    return await work.store(MAJOR_POLICIES).put(code, command)
