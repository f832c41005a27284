"""An emergency holds the clocks of its complaints, or lets them go, in portions (S110)."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.timers import Timer
from rapport_chassis.work import Work
from rapport_kernel.history import Act

from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.clocks.usecases.calendars import calendars_of
from rapport_complaints.emergencies.domain.incident import Incident
from rapport_complaints.emergencies.store.incidents import IncidentLinks, Incidents

HOLD = "incident.hold"
"""The kind of timer that carries the portions; its key is the incident."""
PORTION = 200


async def align_clocks(work: Work, incident: Incident) -> None:
    """Something about the incident or its complaints has changed: look right after the commit, if it ever held clocks."""
    if incident.clocks_at is not None:
        await work.timers.set(HOLD, incident.id, work.now)


async def hold_clocks(work: Work, timer: Timer) -> None:
    """One portion of the complaints whose clocks stand still and should not, or the other way round; the next at once."""
    incident = await work.store(Incidents).get(UUID(timer.key))
    ids = await work.store(IncidentLinks).misheld(incident.id, PORTION)
    complaints = await work.store(Complaints).get_many(ids, for_update=True)
    clocks = [clock for complaint in complaints.values() for clock in complaint.running_clocks]
    calendars = await calendars_of(work, {clock.calendar for clock in clocks})
    act = Act(at=incident.clocks_at or work.now, recorded_at=work.now, by=str(work.actor))
    for complaint in complaints.values():
        if incident.id in complaint.held_by:
            complaint.let_go(act, incident.id, calendars)
        else:
            complaint.hold(act, incident.id)
    if len(ids) == PORTION:
        await work.timers.set(HOLD, timer.key, work.now)
