"""Explain a clock: every stretch of time, counted or not, and why."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from rapport_kernel.business_time import BusinessCalendar, Stretch

from rapport_complaints.domain.clocks import Clock
from rapport_complaints.domain.policies import calendar_of
from rapport_complaints.store.work import ComplaintsWork


@dataclass(frozen=True, slots=True)
class Explanation:
    """A clock with the stretches from its start to its end, or to now; seconds are counted time."""

    clock: Clock
    stretches: list[Stretch]
    elapsed_seconds: float
    target_seconds: float
    extension_seconds: float


async def explain_clock(work: ComplaintsWork, complaint_id: UUID, clock_id: UUID) -> Explanation:
    """Explain it with the calendar version that it was reckoned with. Raises NotFound."""
    complaint = await work.complaints.get(complaint_id)
    clock = complaint.clock(clock_id)
    calendar = await _calendar(work, clock)
    return Explanation(
        clock,
        clock.explain(calendar, work.now),
        clock.elapsed_seconds(calendar, work.now),
        clock.target_seconds(calendar),
        clock.extension_seconds(calendar),
    )


async def _calendar(work: ComplaintsWork, clock: Clock) -> BusinessCalendar:
    versions = await work.calendars.of(clock.calendar)
    return calendar_of([each for each in versions if each.version <= clock.calendar_version])
