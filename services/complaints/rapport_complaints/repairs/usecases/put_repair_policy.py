"""Add a version of the limits of repairs."""

from __future__ import annotations

from rapport_chassis.versions import Since
from rapport_chassis.work import Work
from rapport_kernel.versions import Version

from rapport_complaints.clocks.usecases.calendars import demand_calendar
from rapport_complaints.repairs.domain.repair_data import RepairPolicy
from rapport_complaints.repairs.store.versions import REPAIR_POLICIES


class NewRepairPolicy(Since, RepairPolicy):
    """The limits as they are from a time on, for repairs requested from then on."""


async def put_repair_policy(work: Work, code: str, command: NewRepairPolicy) -> Version[RepairPolicy]:
    """Add the version. Raises NotFound for another code than that of the one policy that counts, Invalid
    `unknown-calendar`."""
    work.store(REPAIR_POLICIES).demand(code)
    await demand_calendar(work, command.calendar)
    return await work.store(REPAIR_POLICIES).put(code, command)
