"""Add a version of the ladder by which complaints escalate."""

from __future__ import annotations

from rapport_chassis.versions import Since
from rapport_kernel.versions import Version

from rapport_complaints.cases.usecases.command import example
from rapport_complaints.handling.domain.ladder import SHIPPED_LADDER, Ladder
from rapport_complaints.handling.usecases.climb_ladder import LOOK_AGAIN
from rapport_complaints.work import ComplaintsWork


class NewLadder(Since, Ladder):
    """The ladder as it is from a time on, for all open complaints."""

    model_config = example(SHIPPED_LADDER.model_dump(mode="json", exclude_defaults=True))


async def put_ladder(work: ComplaintsWork, code: str, said: NewLadder) -> Version[Ladder]:
    """Add the version; all open complaints are looked at when it begins to count.

    Raises NotFound for another code than that of the one ladder that counts, VersionConflict.
    """
    made = await work.ladders.put(code, said)
    await work.timers.set(LOOK_AGAIN, made.version, max(made.effective_from, work.now))
    return made
