"""Reckon how long complaints took, a moment after something happened to them (S63)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from rapport_chassis.timers import Timer
from rapport_chassis.work import Work
from rapport_contracts.complaints.cases import ComplaintAcknowledged, ComplaintClosed, FeedbackGiven
from rapport_kernel.versions import Version

from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.clocks.domain.policies import CalendarData, calendar_of
from rapport_complaints.clocks.store import CALENDARS
from rapport_complaints.figures.domain import MEASURED, Measure
from rapport_complaints.figures.store.figures import MEASURE, Durations, first_times, put_durations

FIELDS = {"acknowledge": "acknowledge", "give-feedback": "answer", "close": "close"}
WHEN = {"acknowledge": "acknowledged_at", "give-feedback": "answered_at", "close": "closed_at"}


async def measure_soon(work: Work, facts: Sequence[ComplaintAcknowledged | FeedbackGiven | ComplaintClosed]) -> None:
    """Something was reached whose time is measured."""
    for fact in facts:
        await work.timers.set(MEASURE, fact.complaint_id, work.now)


async def measure_times(work: Work, timers: list[Timer]) -> None:
    """Those of a set of timers; the statements depend on how many calendars there are, not on how many complaints."""
    found = await first_times(work, sorted(UUID(timer.key) for timer in timers))
    await work.store(Complaints).get_many(each.complaint_id for each in found)  # all at once; below they are at hand
    calendars: dict[str, list[Version[CalendarData]]] = {}
    for each in found:
        await _measure(work, each, calendars)
    await put_durations(work, found)


async def _measure(work: Work, each: Durations, calendars: dict[str, list[Version[CalendarData]]]) -> None:
    complaint = await work.store(Complaints).get(each.complaint_id)
    for move in MEASURED:
        until, measure = getattr(each, WHEN[move]), Measure.of(complaint.clocks, move)
        if until is None or measure is None:
            continue
        code, newest = measure.calendar
        if code not in calendars:
            calendars[code] = await work.store(CALENDARS).of(code)
        calendar = calendar_of([version for version in calendars[code] if version.version <= newest])
        setattr(each, f"{FIELDS[move]}_seconds", measure.business_seconds(calendar, complaint.received_at, until))
