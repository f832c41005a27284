"""Time out contacts that nobody ended and whose source has been silent for too long; a late end amends them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from rapport_chassis.work import Work

from rapport_interactions.contacts.store.call_events import FOLD
from rapport_interactions.contacts.store.interactions import Interactions

ROUND = 500


def reaper(stale_after: timedelta, settle: timedelta) -> Callable[[Work], Awaitable[int]]:
    """One round of the loop that times contacts out.

    `stale_after`: how long after its last event a contact is stale. `settle`: how long to wait at least after the last
    arrival, so that old calls pushed in several batches are not timed out between two of them.
    """

    async def time_out_calls(work: Work) -> int:
        """Time out a set of stale contacts; the fold that follows publishes `interaction.timed-out`. One statement."""
        timed_out = await work.store(Interactions).time_out(work.now - stale_after, work.now - settle, ROUND)
        if timed_out:
            work.wake(FOLD)
        return timed_out

    return time_out_calls
