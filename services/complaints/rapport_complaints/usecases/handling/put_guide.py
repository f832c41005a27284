"""Add a version of a handling guide."""

from __future__ import annotations

from pydantic import Field

from rapport_complaints.domain.clocks.policies import EffectiveFrom, Version
from rapport_complaints.domain.handling.guides import SHIPPED_GUIDES, Guide
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.command import example


class NewGuide(Guide):
    """A guide as it is from a time on; it is shown with every complaint that has its tag."""

    model_config = example(SHIPPED_GUIDES["emotional"].model_dump(mode="json"))

    effective_from: EffectiveFrom | None = Field(default=None, description="Null: from now on.")


async def put_guide(work: ComplaintsWork, code: str, said: NewGuide) -> Version[Guide]:
    """Add the version; `code` is the tag. Raises VersionConflict."""
    body = Guide(**{name: getattr(said, name) for name in Guide.model_fields})
    made = await work.guides.add(code, body, said.effective_from or work.now)
    await work.audit("handling-guide.put", f"handling-guide:{code}", detail={"version": made.version})
    return made
