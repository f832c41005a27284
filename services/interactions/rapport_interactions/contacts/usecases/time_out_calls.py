"""Close what nobody ended: a contact whose source has been silent for too long is timed out; a late end amends it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from rapport_interactions.store.call_events import FOLD
from rapport_interactions.store.work import InteractionsWork

ROUND = 500


def reaper(stale_after: timedelta, settle: timedelta) -> Callable[[InteractionsWork], Awaitable[int]]:
    """The round of the reaper's loop.

    `stale_after`: how long after its last event a contact counts as forgotten. `settle`: how long after the last arrival
    we wait at least, so that old calls pushed in several batches are not given up between two of them.
    """

    async def time_out_calls(work: InteractionsWork) -> int:
        """Give up on a set of stale contacts; the fold that follows publishes `interaction.timed-out`. One statement."""
        given_up = await work.interactions.time_out(work.now - stale_after, work.now - settle, ROUND)
        if given_up:
            work.wake(FOLD)
        return given_up

    return time_out_calls
