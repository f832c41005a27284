"""Add a version of what a major complaint is."""

from __future__ import annotations

from rapport_chassis.versions import Since
from rapport_kernel.versions import Version

from rapport_complaints.cases.usecases.command import example
from rapport_complaints.cases.usecases.targets import demand_calendar
from rapport_complaints.handling.domain.major_data import SHIPPED_MAJOR_POLICY, MajorPolicy
from rapport_complaints.work import ComplaintsWork


class NewMajorPolicy(Since, MajorPolicy):
    """The policy as it is from a time on; cases keep the version under which they were declared."""

    model_config = example(SHIPPED_MAJOR_POLICY.model_dump(mode="json", exclude_defaults=True))


async def put_major_policy(work: ComplaintsWork, code: str, said: NewMajorPolicy) -> Version[MajorPolicy]:
    """Add the version. Raises NotFound for another code than that of the one policy that counts, Invalid
    `unknown-calendar`, `never` for a limit that the calendar never reaches, VersionConflict."""
    work.major_policies.demand(code)
    calendar = await demand_calendar(work, said.calendar)
    for step in said.steps:
        if step.within is not None:
            counted_in, duration = step.within.on(calendar)
            counted_in.add(work.now, duration)
    return await work.major_policies.put(code, said)
