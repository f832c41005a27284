"""Surveys: design, publish, list."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field
from rapport_chassis.bodies import Body
from rapport_chassis.commands import example
from rapport_chassis.lists import Page, Paging
from rapport_chassis.web import Call, Router, Scope
from rapport_chassis.web.operations import On
from rapport_chassis.web.views import Allowed, View, shown_as
from rapport_chassis.work import Work
from rapport_kernel.errors import Conflict, Invalid, NotFound, VersionConflict

from rapport_satisfaction.surveys.domain import Definition, Key, Survey, has_draft
from rapport_satisfaction.surveys.store import Surveys
from rapport_satisfaction.surveys.usecases import create_survey, draft_version, publish_survey

READ = Scope("satisfaction:read")
DESIGN = Scope("satisfaction:design", level=2)

router = Router(prefix="/surveys", tags=["surveys"])


class NewSurvey(Definition, extra="forbid"):
    """A survey with its first version. Texts are by language, or one text in the language of the survey."""

    model_config = example({"key": "after-visit", "title": "Would you recommend us?", "metric": "nps"})

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
    key: str = Field(examples=["after-call"])
    metric: str = Field(examples=["nps"])
    published: int | None
    versions: list[SurveyVersionView]
    allowed: Allowed


shown = shown_as(SurveyView, Survey)


@router.post("", allow=DESIGN, status=201, errors=[Conflict, Invalid], summary="Create a survey")
async def create(body: NewSurvey, call: Call[Work]) -> SurveyView:
    """The first version is a draft: nothing is sent before it is published."""
    survey = await call.run(create_survey, body.key, body.definition())
    call.headers["Location"] = f"/satisfaction/v1/surveys/{survey.key}"
    return shown(survey, call)


@router.get("", allow=READ, errors=[Invalid], summary="List surveys")
async def list_surveys(paging: Paging, call: Call[Work]) -> Page[SurveyView]:
    """All surveys with all their versions, by key."""
    return (await (await call.work()).store(Surveys).page(paging)).map(lambda survey: shown(survey, call))


@router.get("/{key}", allow=READ, errors=[NotFound], summary="Read a survey")
async def show(key: str, call: Call[Work]) -> SurveyView:
    """One survey with all its versions."""
    return shown(await (await call.work()).store(Surveys).by_key(key), call)


@router.post(
    "/{key}/versions",
    allow=DESIGN,
    status=201,
    errors=[NotFound, Conflict, Invalid, VersionConflict],
    summary="Draft the next version",
)
async def draft(key: str, body: Definition, call: Call[Work]) -> SurveyView:
    """The version in use stays in use until the draft is published. The metric of a survey never changes."""
    return shown(await call.run(draft_version, key, body), call)


@router.post(
    "/{key}:publish",
    allow=DESIGN,
    errors=[NotFound, Conflict, VersionConflict],
    summary="Publish a version of a survey",
    on=On(Survey, when=has_draft),
)
async def publish(key: str, body: Publication, call: Call[Work]) -> SurveyView:
    """From now on this version is sent; surveys sent before keep their own."""
    return shown(await call.run(publish_survey, key, body.number), call)
