"""Review invitations whose time has come: expire what was not answered, let go of what was held too long. Takes sets."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.timers import Timer

from rapport_satisfaction.store.work import SatisfactionWork
from rapport_satisfaction.usecases.decide_invitations import decide_invitations


async def review_invitations(work: SatisfactionWork, timers: list[Timer]) -> None:
    """The time of an expiry is the time it was due, however late this runs."""
    due = {UUID(timer.key): timer.due for timer in timers}
    there = await work.invitations.get_many(due, for_update=True)
    held = [one for one in there.values() if one.state == "held"]
    for invitation in there.values():
        if "expire" in invitation.allowed:
            invitation.expire(due[invitation.id])
    if held:
        await decide_invitations(work, held, await work.policies.at(work.now))
