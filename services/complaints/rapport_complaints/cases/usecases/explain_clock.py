"""Explain a clock: every stretch of time, counted or not, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rapport_kernel.business_time import Stretch
from rapport_kernel.versions import Version

from rapport_complaints.clocks.domain.clocks import Clock
from rapport_complaints.clocks.domain.policies import CalendarData, calendar_of
from rapport_complaints.work import ComplaintsWork


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
    return (await explain_clocks(work, [complaint.clock(clock_id)]))[0]


async def explain_clocks(work: ComplaintsWork, clocks: Sequence[Clock]) -> list[Explanation]:
    """The same of several; one statement for each calendar."""
    known = {code: await work.calendars.of(code) for code in dict.fromkeys(clock.calendar for clock in clocks)}
    return [_explain(clock, known[clock.calendar], work.now) for clock in clocks]


def _explain(clock: Clock, versions: Sequence[Version[CalendarData]], now: datetime) -> Explanation:
    calendar = calendar_of([each for each in versions if each.version <= clock.calendar_version])
    return Explanation(
        clock,
        clock.explain(calendar, now),
        clock.elapsed_seconds(calendar, now),
        clock.target_seconds(calendar),
        clock.extension_seconds(calendar),
    )
