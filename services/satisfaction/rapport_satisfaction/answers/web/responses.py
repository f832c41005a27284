"""Answers: import them, list them, read one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from rapport_chassis.bodies import Body
from rapport_chassis.commands import example
from rapport_chassis.filters import find
from rapport_chassis.lists import Page, Paging
from rapport_chassis.vault import Erased
from rapport_chassis.web import Call, Kind, Masked, Router, Scope, View, personal
from rapport_chassis.web.values import known
from rapport_chassis.work import Work
from rapport_contracts.codes import NewCode, NewReference, NewStaffId
from rapport_contracts.fields import ResponseId, UtcTime
from rapport_contracts.satisfaction.vocabulary import Band
from rapport_contracts.vocabulary import Metric
from rapport_kernel.errors import NotFound

from rapport_satisfaction.answers.store import BY_ANSWERED, ResponseFilters, responses
from rapport_satisfaction.answers.usecases.import_responses import Given, import_responses
from rapport_satisfaction.answers.usecases.responses import read_comments, read_response
from rapport_satisfaction.surveys.web import READ

IMPORT = Scope("satisfaction:import")
MOST = 500

router = Router(tags=["responses"], about="Answers to surveys, and the scores made of them.")


class Answered(Body):
    """One answer as another system has it; its `ref` with the source is its identity."""

    ref: NewReference
    answers: dict[NewCode, str | int | float | None] = Field(examples=[{"score": "9.0", "comment": "quick"}])
    answered_at: UtcTime | None = Field(default=None, description="now by default")
    touchpoint: NewCode | None = None
    agent: NewStaffId | None = None
    agents: list[NewStaffId] = Field(default_factory=list, max_length=50)
    customer_id: UUID | None = None
    interaction_id: UUID | None = None


class ImportedResponses(Body):
    """Up to 500 answers to one published survey."""

    model_config = example(
        {
            "source": "airport-survey",
            "survey": "after-call",
            "responses": [{"ref": "1842", "answers": {"score": "9"}, "answered_at": "2018-05-21T10:00:00Z"}],
        }
    )

    source: NewCode = Field(examples=["airport-survey"])
    survey: NewCode = Field(examples=["after-call"])
    responses: list[dict[str, Any]] = Field(min_length=1, max_length=MOST, description="items as `Answered`")


class ItemResult(BaseModel):
    """The result of one item. `rejected` ones that are counted under `excluded` have a reason of the answer:
    `out_of_scale`, `blank`, `unknown_question`; `malformed` and `comment-too-long` are not counted."""

    ref: str | None
    result: Annotated[str, known("accepted", "duplicate", "rejected", name="item-result")]
    reason: str | None = None


class ImportResult(BaseModel):
    """One result for each item, in the order of the request."""

    results: list[ItemResult]


class ResponseView(View):
    """A valid answer. `comments` are by question, from level 2 on; numbers in them are masked below level 4."""

    id: UUID
    invitation_id: UUID
    survey: str
    survey_version: int
    metric: Annotated[str, known(Metric)]
    score: int
    band: Annotated[str, known(Band)]
    ratings: dict[str, int]
    customer_id: UUID | None
    interaction_id: UUID | None
    complaint_id: UUID | None
    touchpoint: str | None
    agent: str | None
    agents: list[str]
    answered_at: datetime
    received_at: datetime
    source: str | None
    ref: str | None
    comments: Annotated[dict[str, str], personal(Kind.WORDS)]
    masked: Masked


_ITEM = TypeAdapter(Answered)


@router.post(
    "/responses:import",
    allow=IMPORT,
    errors=[Erased, "other-source", "no-such-survey", "not-published"],
    max_body=4 * 1024 * 1024,
    summary="Import answers that were given elsewhere",
)
async def import_(body: ImportedResponses, call: Call[Work]) -> ImportResult:
    """Each item is accepted, a duplicate, or rejected with its reason; a bad item does not affect the others. Running it
    again changes nothing. Answers that are off the scale are counted under `excluded`, never bent."""
    items = [_item(one) for one in body.responses]
    taken = await call.run(import_responses, body.source, body.survey, items)
    return ImportResult(results=[ItemResult(ref=one.ref, result=one.result, reason=one.reason) for one in taken])


@router.get("/responses", allow=READ, summary="List valid answers")
async def list_responses(
    filters: ResponseFilters, paging: Annotated[Paging, BY_ANSWERED], call: Call[Work]
) -> Page[ResponseView]:
    """Newest first, with comments, from level 2 on and in clear at level 4; each page with comments is audited once."""
    page = await call.read(find, responses, BY_ANSWERED, filters, paging)
    read = iter(await call.run(read_comments, page.items))
    return page.map(lambda row: shown(row, next(read)))


@router.get("/responses/{response_id}", allow=READ, errors=[NotFound], summary="Read one answer with its comments")
async def show(response_id: ResponseId, call: Call[Work]) -> ResponseView:
    """Comments from level 2 on, in clear at level 4; each reading is audited."""
    return shown(*await call.run(read_response, response_id))


def shown(answer: Any, comments: dict[str, str]) -> ResponseView:
    """An answer, or its row, with comments as they were read."""
    plain = {name: getattr(answer, name) for name in ResponseView.model_fields if name not in {"comments", "masked"}}
    return ResponseView.model_validate({**plain, "comments": comments})


def _item(given: dict[str, Any]) -> Given | None:
    try:
        item = _ITEM.validate_python(given, strict=False)
    except ValidationError:
        return None
    return Given(**{name: getattr(item, name) for name in Answered.model_fields})
