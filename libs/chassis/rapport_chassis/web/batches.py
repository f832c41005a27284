"""An action on many things at once: `POST <things>:batch-<verb>`, with a result for each of them.

    on("assign", assign, ASSIGN, "Assign a complaint", "...", ConflictOfInterest, batch=True)

    {"items": [{"id": "…", "version": 3}, {"id": "…"}], "assignee": "agent-7"}

It is the use case of the single action, run for one item after the other: with its guards, its history, its audit. What is
refused for one item changes nothing of that item, and nothing of the others. All of it is one transaction: with an
Idempotency-Key the same results come again, and after a failure of ours nothing has happened.

Items are taken in the order of their ids, so that two batches wait for each other and never deadlock; results are in the
order of the request.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from pydantic import BaseModel, Field, WrapSerializer, create_model, model_validator
from rapport_contracts.fields import WrongValue
from rapport_contracts.vocabulary import named
from rapport_kernel.errors import Declared, RapportError
from sqlalchemy.exc import DBAPIError

from rapport_chassis.bodies import Body
from rapport_chassis.observability import trace_id
from rapport_chassis.web.call import Call
from rapport_chassis.web.operations import On
from rapport_chassis.web.problems import Problem, describe, refusal
from rapport_chassis.work import Work

UseCase = Callable[[Any, UUID, Any], Awaitable[Any]]
Tell = Callable[[Exception], Problem]
"""What an item is told of an error, as `problem_of` says it."""
MOST = 100
"""Items of one request: each costs as many statements as its action alone."""


SentProblem = Annotated[
    Problem | None,
    WrapSerializer(lambda problem, dump: problem and {k: v for k, v in dump(problem).items() if v is not None}),
]
"""A problem inside an answer: what it does not say is not in it, as where it is the answer."""


class BatchItem(Body):
    """One of the things, and the version that was read, if somebody's change meanwhile is to be noticed."""

    id: UUID
    version: int | None = Field(default=None, ge=0, lt=2**63, description="As If-Match of the single action.")


class Batch(Body):
    """The things that an action is for; what it takes stands beside them and is the same for all."""

    items: list[BatchItem] = Field(min_length=1, max_length=MOST)

    @model_validator(mode="after")
    def each_once(self) -> Batch:
        """No id twice."""
        if len({item.id for item in self.items}) < len(self.items):
            raise WrongValue("given-twice")
        return self


class ActionResult(BaseModel):
    """What became of one item. `refused` ones have not changed, but for an attempt that is itself recorded."""

    id: UUID
    result: Annotated[Literal["done", "refused"], named("batch-result")]
    status: int = Field(description="What the action alone would have answered.", examples=[200])
    version: int | None = Field(description="The version that it has now; null where it was refused.")
    problem: SentProblem = Field(description="Why it was refused, as the action alone would say it.")


class ActionResults(BaseModel):
    """The results, in the order of the items. It is 200 whatever they are: the batch was worked through."""

    done: int
    refused: int
    results: list[ActionResult]


def body_of_batch(command: type[Body]) -> type[Batch]:
    """The body of a batch: that of the action, and `items`. Raises TypeError for an action that has items of its own."""
    if "items" in command.model_fields:
        raise TypeError(f"{command.__name__} has `items` of its own: there can be no batch of it")
    made: Any = create_model(f"{command.__name__}Batch", __base__=(Batch, command), __doc__=Batch.__doc__)
    extra: Any = command.model_config.get("json_schema_extra") or {}
    needs = any(field.is_required() for field in command.model_fields.values())
    item = {"id": "01890a5d-ac96-774b-bcce-b302099a8057", "version": 3}
    if examples := extra.get("examples", [] if needs else [{}]):
        made.model_config["json_schema_extra"] = {"examples": [{"items": [item], **each} for each in examples]}
    made.model_rebuild(force=True)
    return cast("type[Batch]", made)


def about_batch(verb: str, errors: Iterable[Declared]) -> str:
    """What the document says of the batch of an action with these errors."""
    named = dict.fromkeys(each if isinstance(each, str) else each.code for each in errors)
    codes = ", ".join(f"`{code}`" for code in named)
    return (
        f"For up to {MOST} at once, each with the result that `:{verb}` alone would have had; a refused one leaves the"
        f" others as they are. Its `problem` says why: {codes}, or one of these in particular."
    )


async def in_batch(work: Work, usecase: UseCase, body: Batch, tell: Tell) -> ActionResults:
    """Run the use case for each item, and say what became of it. Raises what is wrong with us and not with an item."""
    results: dict[UUID, ActionResult] = {}
    for item in sorted(body.items, key=lambda item: item.id):
        results[item.id] = await _one(work, usecase, item, body, tell)
    ordered = [results[item.id] for item in body.items]
    done = sum(each.result == "done" for each in ordered)
    return ActionResults(done=done, refused=len(ordered) - done, results=ordered)


async def _one(work: Work, usecase: UseCase, item: BatchItem, body: Batch, tell: Tell) -> ActionResult:
    work.expected_version = item.version
    try:
        async with work.savepoint():
            thing = await usecase(work, item.id, body)
    except (RapportError, DBAPIError) as error:
        return _refused(item.id, tell(error))
    finally:
        work.expected_version = None
        refused, work.refusal = work.refusal, None
    if refused is not None:
        return _refused(item.id, tell(refused))
    return ActionResult(id=item.id, result="done", status=HTTPStatus.OK, version=thing.version, problem=None)


def _refused(item_id: UUID, problem: Problem) -> ActionResult:
    return ActionResult(id=item_id, result="refused", status=problem.status, version=None, problem=problem)


def problem_of(error: Exception, call: Call[Any], on: On | None = None, verb: str | None = None) -> Problem:
    """What an item is told of an error of the operation `verb` on `on`. Raises the error itself when it is not one of the
    item: another try may go well, or nobody foresaw it."""
    told = refusal(error)
    if told.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise error
    told = call.told(told, on, verb)
    return Problem.model_validate(describe(told, trace_id(call.cause.traceparent), call.language))
