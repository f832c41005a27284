"""Take a step in a follow-up case, or find that its time is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from rapport_chassis.timers import Timer

from rapport_satisfaction.domain.follow_ups import FollowUp
from rapport_satisfaction.store.work import SatisfactionWork
from rapport_satisfaction.usecases.receive_answer import OVERDUE

Step = Callable[[FollowUp, datetime], Any]


async def advance_follow_up(work: SatisfactionWork, follow_up_id: UUID, action: str, step: Step) -> FollowUp:
    """Do one step (`contacted`, `cause-recorded`, ...) and write down who did it.

    Raises NotFound, NotAllowed (409, with the moves that are), VersionConflict (412).
    """
    case = await work.follow_ups.get(follow_up_id, for_update=True)
    step(case, work.now)
    if case.closed_at is not None:
        await work.timers.cancel(OVERDUE, case.id)
    await work.audit(f"follow-up.{action}", f"follow-up:{case.id}", detail={"state": case.state})
    return case


async def escalate_follow_up(work: SatisfactionWork, timer: Timer) -> None:
    """Its due time has come and it is not closed: the breach is at the due time, however late this runs."""
    case = await work.follow_ups.get(UUID(timer.key), for_update=True)
    case.escalate()
