"""Surveys: design, publish, list."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from rapport_chassis.bodies import Body
from rapport_chassis.commands import example
from rapport_chassis.lists import Page, Paging
from rapport_chassis.web import Call, Router, Scope
from rapport_chassis.web.operations import On
from rapport_chassis.web.values import acted_on, known
from rapport_chassis.web.views import Allowed, View, shown_as
from rapport_chassis.work import Work
from rapport_contracts.fields import UtcTime
from rapport_contracts.vocabulary import Metric
from rapport_kernel.errors import VersionConflict

from rapport_satisfaction.surveys.domain import Definition, Key, Survey, has_draft
from rapport_satisfaction.surveys.store import BY_KEY, SurveyFilters, Surveys
from rapport_satisfaction.surveys.usecases import create_survey, draft_version, publish_survey

READ = Scope("satisfaction:read")
DESIGN = Scope("satisfaction:design", level=2)

router = Router(prefix="/surveys", tags=["surveys"])


class NewSurvey(Definition, extra="forbid"):
    """A survey with its first version. Texts are by language, or one text in the language of the survey."""

    model_config = example(
        {
            "key": "after-visit",
            "title": {"en": "Would you recommend us?"},
            "metric": "nps",
            "questions": [{"key": "score", "kind": "score", "text": {"en": "Would you recommend us?"}, "required": True}],
        }
    )

    key: Key = Field(examples=["after-visit"])

    def definition(self) -> Definition:
        """The definition without the key."""
        return Definition.model_validate(self.model_dump(exclude={"key"}))


class Publication(Body):
    """Which version to put into use; the newest by default."""

    number: int | None = Field(default=None, ge=1)


class SurveyVersionView(View):
    """A numbered definition; `published_at` null is a draft."""

    number: int
    definition: Definition
    created_at: datetime
    published_at: datetime | None


class SurveyView(View):
    """A survey with all its versions; `published` is the one in use."""

    id: UUID
    version: int = Field(description="of the record; the ETag")
    updated_at: UtcTime = Field(description="When it was last written.")
    key: str = Field(examples=["after-call"])
    metric: Annotated[str, known(Metric)] = Field(examples=["nps"])
    published: int | None
    versions: list[SurveyVersionView]
    allowed: Annotated[Allowed, acted_on(Survey)]


shown = shown_as(SurveyView)


@router.post("", allow=DESIGN, status=201, errors=["survey-exists"], summary="Create a survey")
async def create(body: NewSurvey, call: Call[Work]) -> SurveyView:
    """The first version is a draft: nothing is sent before it is published."""
    survey = await call.run(create_survey, body.key, body.definition())
    return shown(survey, call)


@router.get("", allow=READ, summary="List surveys")
async def list_surveys(filters: SurveyFilters, paging: Annotated[Paging, BY_KEY], call: Call[Work]) -> Page[SurveyView]:
    """All surveys with all their versions, by key."""
    return (await (await call.work()).store(Surveys).page(filters, paging)).map(lambda survey: shown(survey, call))


@router.get("/{key}", allow=READ, errors=["no-such-survey"], summary="Read a survey")
async def show(key: str, call: Call[Work]) -> SurveyView:
    """One survey with all its versions."""
    return shown(await (await call.work()).store(Surveys).by_key(key), call)


@router.post(
    "/{key}/versions",
    allow=DESIGN,
    status=201,
    errors=[VersionConflict, "no-such-survey", "metric-changed"],
    summary="Draft the next version",
)
async def draft(key: str, body: Definition, call: Call[Work]) -> SurveyView:
    """The version in use stays in use until the draft is published. The metric of a survey never changes."""
    return shown(await call.run(draft_version, key, body), call)


@router.post(
    "/{key}:publish",
    allow=DESIGN,
    errors=[VersionConflict, "no-such-survey", "no-such-version", "already-published", "older-version"],
    summary="Publish a version of a survey",
    on=On(Survey, when=has_draft),
)
async def publish(key: str, body: Publication, call: Call[Work]) -> SurveyView:
    """From now on this version is sent; surveys sent before keep their own."""
    return shown(await call.run(publish_survey, key, body.number), call)
