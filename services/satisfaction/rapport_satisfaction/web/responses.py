"""Answers: import them, list them, read one; and the scores that they make."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from rapport_chassis.bodies import Body, Params
from rapport_chassis.lists import Page, Paging
from rapport_chassis.security.masking import HIDDEN
from rapport_chassis.web import Call, Level, Router, Scope
from rapport_contracts.fields import Code, ResponseId, UtcTime
from rapport_contracts.vocabulary import Metric
from rapport_kernel.errors import Conflict, Forbidden, Invalid, NotFound

from rapport_satisfaction.store.responses import COMMENTS, Grouping, Response, ResponseFilter, ScoreFilter
from rapport_satisfaction.store.work import SatisfactionWork
from rapport_satisfaction.usecases.import_responses import Given, import_responses
from rapport_satisfaction.usecases.report_scores import report_scores
from rapport_satisfaction.web.surveys import READ
from rapport_satisfaction.web.views import ResponseView, ResponseWithComments, ScoresView, scores_view

IMPORT = Scope("satisfaction:import")
SCORES = Scope("satisfaction:scores")
MOST = 500

router = Router(tags=["responses"])


class Answered(Body):
    """One answer as another system has it; its `ref` with the source is its identity."""

    ref: Code
    answers: dict[Code, str | int | float | None] = Field(examples=[{"score": "9.0", "comment": "quick"}])
    answered_at: UtcTime | None = Field(default=None, description="left out: now")
    touchpoint: Code | None = None
    agent: Code | None = None
    agents: list[Code] = Field(default_factory=list, max_length=50)
    customer_id: UUID | None = None
    interaction_id: UUID | None = None


class ImportedResponses(Body):
    """Up to 500 answers to one published survey."""

    source: Code = Field(examples=["airport-survey"])
    survey: Code = Field(examples=["after-call"])
    responses: list[dict[str, Any]] = Field(min_length=1, max_length=MOST, description="items as `Answered`")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "source": "airport-survey",
                    "survey": "after-call",
                    "responses": [{"ref": "1842", "answers": {"score": "9"}, "answered_at": "2018-05-21T10:00:00Z"}],
                }
            ]
        }
    )


class ItemResult(BaseModel):
    """What became of one item. `rejected` ones that are counted under `excluded` have a reason of the answer:
    `out_of_scale`, `blank`, `unknown_question`; `malformed` and `comment-too-long` are not counted."""

    ref: str | None
    result: str = Field(examples=["accepted"], description="accepted, duplicate or rejected")
    reason: str | None = None


class ImportResult(BaseModel):
    """One result for each item, in the order of the request."""

    results: list[ItemResult]


class Narrowed(Params):
    """Filters of the list of answers."""

    survey: str | None = Field(default=None, max_length=100)
    band: str | None = Field(default=None, max_length=50)
    agent: str | None = Field(default=None, max_length=100)
    touchpoint: str | None = Field(default=None, max_length=100)
    customer_id: UUID | None = None


_ITEM = TypeAdapter(Answered)


@router.post(
    "/responses:import",
    allow=IMPORT,
    errors=[NotFound, Conflict, Forbidden, Invalid],
    max_body=4 * 1024 * 1024,
    summary="Import answers that were given elsewhere",
)
async def import_(body: ImportedResponses, call: Call[SatisfactionWork]) -> ImportResult:
    """Each item is accepted, a duplicate, or rejected with its reason; one bad item spoils nothing. Running it again
    changes nothing. Answers that are off the scale are counted under `excluded`, never bent."""
    items = [_item(one) for one in body.responses]
    taken = await call.run(import_responses, body.source, body.survey, items)
    return ImportResult(results=[ItemResult(ref=one.ref, result=one.result, reason=one.reason) for one in taken])


@router.get("/responses", allow=READ, errors=[Invalid], summary="List valid answers")
async def list_responses(narrowed: Narrowed, paging: Paging, call: Call[SatisfactionWork]) -> Page[ResponseView]:
    """Newest first; without comments."""
    asked = ResponseFilter(**narrowed.model_dump())
    page = await call.read(lambda work: work.responses.page(asked, paging))
    return Page(items=[ResponseView.model_validate(one, from_attributes=True) for one in page.items], next=page.next)


@router.get("/responses/{response_id}", allow=READ, errors=[NotFound], summary="Read one answer with its comments")
async def show(response_id: ResponseId, call: Call[SatisfactionWork]) -> ResponseWithComments:
    """Comments are in clear at level 4 only, and each such reading is audited."""
    response, comments = await call.run(_with_comments, response_id, clear=call.actor.level >= Level.CLEAR)
    plain = ResponseView.model_validate(response, from_attributes=True)
    return ResponseWithComments(**plain.model_dump(), comments=comments)


@router.get("/scores", allow=SCORES, errors=[NotFound, Invalid], summary="Read a score")
async def scores(
    call: Call[SatisfactionWork],
    metric: Metric = Metric.NPS,
    survey: Annotated[str | None, Query(max_length=100)] = None,
    since: Annotated[UtcTime | None, Query(alias="from", description="first moment that counts")] = None,
    until: Annotated[UtcTime | None, Query(alias="to", description="first moment that no longer counts")] = None,
    agent: Annotated[str | None, Query(max_length=100)] = None,
    touchpoint: Annotated[str | None, Query(max_length=100)] = None,
    attribution: Annotated[str, Query(pattern="^(last|any)$", description="`agent`: last handler, or any of them")] = "last",
    group_by: Grouping | None = None,
    compare_from: UtcTime | None = None,
    compare_to: UtcTime | None = None,
) -> ScoresView:
    """The number with n, interval, definition and what was left out, by reason; or "too few" below 10 answers.

    `compare_from` and `compare_to` hold it against another time and say whether the change is more than chance.
    """
    if (compare_from is None) != (compare_to is None):
        raise Invalid("half-comparison", "A comparison needs compare_from and compare_to.")
    asked = ScoreFilter(metric, survey, since, until, agent, touchpoint, "any" if attribution == "any" else "last")
    compare = (compare_from, compare_to) if compare_from is not None and compare_to is not None else None
    return scores_view(await call.read(report_scores, asked, group_by, compare), survey)


def _item(given: dict[str, Any]) -> Given | None:
    try:
        item = _ITEM.validate_python(given, strict=False)
    except ValidationError:
        return None
    return Given(**{name: getattr(item, name) for name in Answered.model_fields})


async def _with_comments(work: SatisfactionWork, response_id: UUID, *, clear: bool) -> tuple[Response, dict[str, str]]:
    response = await work.responses.get(response_id)
    if response.comments is None:
        return response, {}
    box = await work.vault.open_for([response.owner], create=False)
    sealed = box.read(response.owner, COMMENTS, response.comments)
    comments: dict[str, str] = orjson.loads(sealed) if sealed is not None else {}
    await work.audit("response.read", f"response:{response_id}", detail={"clear": clear})
    return response, comments if clear else dict.fromkeys(comments, HIDDEN)
