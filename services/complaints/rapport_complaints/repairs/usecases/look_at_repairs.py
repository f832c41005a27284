"""Say which limits of repairs ran out, each at its exact time, however late the timer fires."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.timers import Timer

from rapport_complaints.repairs.store.repairs import LOOK
from rapport_complaints.work import ComplaintsWork


async def look_at_repairs(work: ComplaintsWork, timers: list[Timer]) -> None:
    """Settle the repairs of a set of timers."""
    ids = [UUID(timer.key) for timer in timers]
    for order in (await work.repairs.get_many(ids, for_update=True)).values():
        order.settle(work.now)
        if order.next_look is not None:
            await work.timers.set(LOOK, order.id, order.next_look)
