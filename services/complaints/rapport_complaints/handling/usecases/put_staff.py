"""Add a version of who handles complaints."""

from __future__ import annotations

from rapport_chassis.commands import example
from rapport_chassis.versions import Since
from rapport_chassis.work import Work
from rapport_kernel.versions import Version

from rapport_complaints.cases.domain.staff import StaffMember
from rapport_complaints.cases.store.versions import STAFF
from rapport_complaints.clocks.usecases.calendars import demand_calendar


class NewStaffMember(Since, StaffMember):
    """Somebody as he is from a time on."""

    model_config = example({"team": "parcels", "skills": ["en"], "capacity": 20, "calendar": "cn"})


async def put_staff(work: Work, staff_id: str, command: NewStaffMember) -> Version[StaffMember]:
    """Add the version. Raises Invalid `unknown-calendar`."""
    await demand_calendar(work, command.calendar)
    return await work.store(STAFF).put(staff_id, command)
