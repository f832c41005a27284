"""Add a version of the ladder by which complaints escalate."""

from __future__ import annotations

from rapport_chassis.commands import example
from rapport_chassis.versions import Since
from rapport_chassis.work import Work
from rapport_kernel.versions import Version

from rapport_complaints.cases.domain.ladder import Ladder
from rapport_complaints.handling.store.versions import LADDERS
from rapport_complaints.handling.usecases.climb_ladder import ladder_edited
from rapport_complaints.shipped import shipped


class NewLadder(Since, Ladder):
    """The ladder as it is from a time on, for all open complaints."""

    model_config = example(shipped("escalation_policies", Ladder)["standard"].model_dump(mode="json", exclude_defaults=True))


async def put_ladder(work: Work, code: str, command: NewLadder) -> Version[Ladder]:
    """Add the version; all open complaints are looked at when it begins to count.

    Raises NotFound for another code than that of the one ladder that counts, VersionConflict.
    """
    made = await work.store(LADDERS).put(code, command)
    await ladder_edited(work, made.version, made.effective_from)
    return made
