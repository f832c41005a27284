"""Design surveys: create one, draft its next version, publish a version; and bring in those that are shipped."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from rapport_chassis.shipped import Entries
from rapport_chassis.work import Work
from rapport_contracts.satisfaction.catalogue import SurveyVersionPublished
from rapport_contracts.satisfaction.surveys import SurveyPublished
from rapport_contracts.schemas import bare, schema_of
from rapport_kernel.errors import Conflict
from rapport_kernel.ids import new_id

from rapport_satisfaction.surveys.domain import TOLD_AS, Definition, Survey
from rapport_satisfaction.surveys.store import Surveys


async def create_survey(work: Work, key: str, definition: Definition) -> Survey:
    """A new survey with its first version, a draft. Raises Conflict `survey-exists`."""
    surveys = work.store(Surveys)
    if await surveys.by_keys([key]):
        raise Conflict("survey-exists")
    survey = surveys.add(Survey(id=new_id(), key=key))
    survey.draft(definition, work.now)
    await work.audit("survey.created", f"survey:{key}")
    return survey


async def draft_version(work: Work, key: str, definition: Definition) -> Survey:
    """The next version, a draft; the one in use stays in use. Raises NotFound, Conflict, VersionConflict."""
    survey = await work.store(Surveys).by_key(key, for_update=True)
    version = survey.draft(definition, work.now)
    await work.audit("survey.drafted", f"survey:{key}", detail={"version": version.number})
    return survey


async def publish_survey(work: Work, key: str, number: int | None) -> Survey:
    """Put a version into use. Raises NotFound, Conflict, VersionConflict."""
    survey = await work.store(Surveys).by_key(key, for_update=True)
    version = survey.publish(number, work.now)
    await work.audit("survey.published", f"survey:{key}", detail={"version": version.number})
    return survey


class SurveysTold:
    """What surveys tell in the catalogue (`rapport_chassis.telling.Told`): their published versions."""

    name = TOLD_AS
    shape = (TOLD_AS, bare(schema_of(SurveyVersionPublished)))

    async def tell(self, work: Work) -> None:
        """All that there are: one statement."""
        for survey in await work.store(Surveys).all():
            for version in survey.versions:
                if version.published_at is not None:
                    work.record(survey.told(version), sequence=version.number)


async def tell_published(work: Work, facts: Sequence[SurveyPublished]) -> None:
    """Versions that were put into use just now: one statement."""
    surveys = await work.store(Surveys).by_keys(fact.survey for fact in facts)
    for fact in facts:
        survey = surveys[fact.survey]
        work.record(survey.told(survey.numbered(fact.version)), sequence=fact.version)


async def ship_surveys(work: Work, entries: Entries) -> None:
    """Surveys by key, each with its `id` and `definition`: published at once, which is announced as ever. A changed one is
    the next version where nobody has drafted one of their own. Raises Conflict when the metric of one changes."""
    surveys = work.store(Surveys)
    existing = await surveys.by_keys(entries)
    for key, entry in entries.items():
        definition = Definition.model_validate(entry["definition"])
        if key not in existing:
            survey = surveys.add(Survey(id=UUID(entry["id"]), key=key))
        else:
            survey = await surveys.by_key(key, for_update=True)
            if not survey.as_shipped or survey.versions[-1].definition == definition:
                continue
        survey.draft(definition, work.now)
        survey.publish(None, work.now)
