"""Drop the timeline and project it again from the log (DONE: projections rebuild to the same rows)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

from rapport_chassis.actor import Actor
from rapport_chassis.listens import Message
from rapport_chassis.work import WorkFactory

from rapport_profiles.store.work import ProfilesWork
from rapport_profiles.usecases.project_timeline import project_timeline

ACTOR = Actor.system("rebuild-timeline")


async def rebuild_timeline(
    works: WorkFactory[ProfilesWork],
    log: Callable[[], AsyncIterator[list[Message[Any]]]],
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Forget all lines and links, then project `log()`, a batch a transaction. Returns how many events were read.

    The consumer may go on meanwhile: lines are keyed by event, links by the greatest. Until it is done, timelines are
    shorter than they were. `progress` is told the number so far after each batch.
    """
    async with works(ACTOR) as work:
        await work.timeline.clear()
        await work.audit("timeline.rebuild", "timeline")
    events = 0
    async for batch in log():
        async with works(ACTOR) as work:
            await project_timeline(work, batch)
        events += len(batch)
        progress(events)
    return events
