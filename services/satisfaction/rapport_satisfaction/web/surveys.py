"""Surveys: design, publish, list; and a preview of whom they would be sent to."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from rapport_chassis.bodies import Body
from rapport_chassis.lists import Page, Paging
from rapport_chassis.web import Call, Router, Scope
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import Conflict, Invalid, NotFound, VersionConflict

from rapport_satisfaction.domain.surveys import Definition, Key
from rapport_satisfaction.store.work import SatisfactionWork
from rapport_satisfaction.usecases.design_survey import create_survey, draft_version, publish_survey
from rapport_satisfaction.usecases.preview_eligibility import Preview, preview_eligibility
from rapport_satisfaction.web.views import SurveyView, survey_view

READ = Scope("satisfaction:read")
DESIGN = Scope("satisfaction:design", level=2)

router = Router(prefix="/surveys", tags=["surveys"])


class NewSurvey(Definition, extra="forbid"):
    """A survey with its first version. Texts are by language, or one text in the language of the survey."""

    key: Key = Field(examples=["after-visit"])

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"key": "after-visit", "title": "Would you recommend us?", "metric": "nps"}]}
    )

    def definition(self) -> Definition:
        """The definition without the key."""
        return Definition.model_validate(self.model_dump(exclude={"key"}))


class Publication(Body):
    """Which version to put into use; left out: the newest."""

    number: int | None = Field(default=None, ge=1)


class Candidate(Body):
    """A contact that could be asked about. `human` false stands for one that no person handled."""

    customer_id: UUID | None = None
    channel: str = Field(default="phone", max_length=100)
    occurred_at: UtcTime | None = None
    human: bool = True


class RuleView(BaseModel):
    """One eligibility rule and whether it applies; the first that applies decides."""

    sentence: str
    reason: str
    decision: str
    applies: bool


class PreviewView(BaseModel):
    """What would be decided now under one trigger rule."""

    rule_key: str
    rule_version: int
    throttle_version: int
    decision: str
    reason: str
    sentence: str
    rules: list[RuleView]


class Previews(BaseModel):
    """One preview for each trigger rule that sends the survey."""

    previews: list[PreviewView]


@router.post("", allow=DESIGN, status=201, errors=[Conflict, Invalid], summary="Create a survey")
async def create(body: NewSurvey, call: Call[SatisfactionWork]) -> SurveyView:
    """The first version is a draft: nothing is sent before it is published."""
    survey = await call.run(create_survey, body.key, body.definition())
    call.headers["Location"] = f"/satisfaction/v1/surveys/{survey.key}"
    return survey_view(survey)


@router.get("", allow=READ, errors=[Invalid], summary="List surveys")
async def list_surveys(paging: Paging, call: Call[SatisfactionWork]) -> Page[SurveyView]:
    """All surveys with all their versions, by key."""
    return (await call.read(lambda work: work.surveys.page(paging))).map(survey_view)


@router.get("/{key}", allow=READ, errors=[NotFound], summary="Read a survey")
async def show(key: str, call: Call[SatisfactionWork]) -> SurveyView:
    """One survey with all its versions."""
    return survey_view(await call.read(lambda work: work.surveys.by_key(key)))


@router.post(
    "/{key}/versions",
    allow=DESIGN,
    status=201,
    errors=[NotFound, Conflict, Invalid, VersionConflict],
    summary="Draft the next version",
)
async def draft(key: str, body: Definition, call: Call[SatisfactionWork]) -> SurveyView:
    """The version in use stays in use until the draft is published. The metric of a survey never changes."""
    return survey_view(await call.run(draft_version, key, body))


@router.post(
    "/{key}:publish", allow=DESIGN, errors=[NotFound, Conflict, VersionConflict], summary="Publish a version of a survey"
)
async def publish(key: str, body: Publication, call: Call[SatisfactionWork]) -> SurveyView:
    """From now on this version is sent; what was sent before keeps its own."""
    return survey_view(await call.run(publish_survey, key, body.number))


@router.post(
    "/{key}:preview-eligibility",
    allow=READ,
    errors=[NotFound, Conflict],
    summary="Preview whether a customer would be asked",
)
async def preview(key: str, body: Candidate, call: Call[SatisfactionWork]) -> Previews:
    """What would be decided now, and what each rule says. Nothing is written."""
    found = await call.run(
        preview_eligibility,
        key,
        customer_id=body.customer_id,
        channel=body.channel,
        occurred_at=body.occurred_at,
        human=body.human,
    )
    return Previews(previews=[_preview_view(one) for one in found])


def _preview_view(preview: Preview) -> PreviewView:
    return PreviewView(
        rule_key=preview.rule_key,
        rule_version=preview.rule_version,
        throttle_version=preview.throttle_version,
        decision=preview.verdict.decision,
        reason=preview.verdict.reason,
        sentence=preview.verdict.sentence,
        rules=[
            RuleView(sentence=rule.sentence, reason=rule.reason, decision=rule.decision, applies=applies)
            for rule, applies in preview.rules
        ],
    )
