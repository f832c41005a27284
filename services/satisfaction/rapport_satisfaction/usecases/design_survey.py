"""Design surveys: make one, draft its next version, publish a version."""

from __future__ import annotations

from rapport_kernel.errors import Conflict
from rapport_kernel.ids import new_id

from rapport_satisfaction.domain.surveys import Definition, Survey
from rapport_satisfaction.store.work import SatisfactionWork


async def create_survey(work: SatisfactionWork, key: str, definition: Definition) -> Survey:
    """A new survey with its first version, a draft. Raises Conflict `survey-exists`."""
    if await work.surveys.by_keys([key]):
        raise Conflict("survey-exists", "There is a survey of that key.")
    survey = work.surveys.add(Survey(id=new_id(), key=key))
    survey.draft(definition, work.now)
    await work.audit("survey.created", f"survey:{key}")
    return survey


async def draft_version(work: SatisfactionWork, key: str, definition: Definition) -> Survey:
    """The next version, a draft; the one in use stays in use. Raises NotFound, Conflict, VersionConflict."""
    survey = await work.surveys.by_key(key, for_update=True)
    version = survey.draft(definition, work.now)
    await work.audit("survey.drafted", f"survey:{key}", detail={"version": version.number})
    return survey


async def publish_survey(work: SatisfactionWork, key: str, number: int | None) -> Survey:
    """Put a version into use. Raises NotFound, Conflict, VersionConflict."""
    survey = await work.surveys.by_key(key, for_update=True)
    version = survey.publish(number, work.now)
    await work.audit("survey.published", f"survey:{key}", detail={"version": version.number})
    return survey
