"""Add a version of the ladder by which complaints escalate."""

from __future__ import annotations

from pydantic import Field
from rapport_kernel.errors import NotFound

from rapport_complaints.domain.clocks.policies import EffectiveFrom, Version
from rapport_complaints.domain.handling.ladder import LADDER, SHIPPED_LADDER, Ladder
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.command import example
from rapport_complaints.usecases.handling.climb_ladder import LOOK_AGAIN


class NewLadder(Ladder):
    """The ladder as it is from a time on, for all open complaints."""

    model_config = example(SHIPPED_LADDER.model_dump(mode="json", exclude_defaults=True))

    effective_from: EffectiveFrom | None = Field(default=None, description="Null: from now on.")


async def put_ladder(work: ComplaintsWork, code: str, said: NewLadder) -> Version[Ladder]:
    """Add the version; all open complaints are looked at when it begins to count.

    Raises NotFound for another code than that of the one ladder that counts, VersionConflict.
    """
    if code != LADDER:
        raise NotFound
    body = Ladder(**{name: getattr(said, name) for name in Ladder.model_fields})
    made = await work.ladders.add(code, body, said.effective_from or work.now)
    await work.timers.set(LOOK_AGAIN, made.version, max(made.effective_from, work.now))
    await work.audit("escalation-policy.put", f"escalation-policy:{code}", detail={"version": made.version})
    return made
