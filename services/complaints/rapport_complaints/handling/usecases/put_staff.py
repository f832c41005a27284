"""Add a version of who handles complaints."""

from __future__ import annotations

from rapport_chassis.versions import Since
from rapport_kernel.versions import Version

from rapport_complaints.cases.usecases.command import example
from rapport_complaints.cases.usecases.targets import demand_calendar
from rapport_complaints.handling.domain.assignment import StaffMember
from rapport_complaints.work import ComplaintsWork


class NewStaffMember(Since, StaffMember):
    """Somebody as he is from a time on."""

    model_config = example({"team": "parcels", "skills": ["en"], "capacity": 20, "calendar": "cn"})


async def put_staff(work: ComplaintsWork, staff_id: str, said: NewStaffMember) -> Version[StaffMember]:
    """Add the version. Raises Invalid `unknown-calendar`."""
    await demand_calendar(work, said.calendar)
    return await work.staff.put(staff_id, said)
