"""Say which updates were missed, each at its exact time, however late the timer fires."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.timers import Timer

from rapport_complaints.emergencies.store.incidents import WATCH
from rapport_complaints.work import ComplaintsWork


async def watch_incidents(work: ComplaintsWork, timers: list[Timer]) -> None:
    """Settle the incidents of a set of timers; the next look is at the end of the next interval."""
    ids = [UUID(timer.key) for timer in timers]
    for incident in (await work.incidents.get_many(ids, for_update=True)).values():
        incident.settle(work.now)
        if incident.next_update_at is not None:
            await work.timers.set(WATCH, incident.id, incident.next_update_at)
