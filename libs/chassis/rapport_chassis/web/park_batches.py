"""Parked messages released or dropped many at once, each with its own result: what an operator has ticked in a list.

Each is a transaction of its own, as a release always is: what was settled before a failure of ours stays settled, and is
refused as not there when the same is sent again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, model_validator
from rapport_contracts.fields import WrongValue
from rapport_contracts.vocabulary import named
from rapport_kernel.errors import Conflict, NotFound, RapportError

from rapport_chassis.bodies import Body
from rapport_chassis.parked import Selection
from rapport_chassis.release import Park
from rapport_chassis.security.scopes import Scope
from rapport_chassis.web.batches import MOST, SentProblem, problem_of
from rapport_chassis.web.call import Call
from rapport_chassis.web.router import Router
from rapport_chassis.work import Work


class FailedAgain(Conflict):
    """The message failed again and stays parked, with the new reason."""

    code = "failed-again"


class Messages(Body):
    """Which messages."""

    ids: list[Annotated[int, Field(ge=1, lt=2**63)]] = Field(min_length=1, max_length=MOST)

    @model_validator(mode="after")
    def each_once(self) -> Messages:
        """No id twice."""
        if len(set(self.ids)) < len(self.ids):
            raise WrongValue("given-twice")
        return self


class MessagesToDrop(Messages):
    """Which messages are given up, and why."""

    why: str = Field(min_length=3, max_length=500)


class MessageResult(BaseModel):
    """What became of one message."""

    id: int
    result: Annotated[Literal["done", "refused"], named("batch-result")]
    status: int = Field(examples=[200])
    problem: SentProblem = Field(description="Why it was refused.")


class MessageResults(BaseModel):
    """The results, in the order of the ids."""

    done: int
    refused: int
    results: list[MessageResult]


def add_batches(router: Router, park: Park[Any], settle: Scope) -> None:
    """Add both routes to those of the park."""

    @router.post(":batch-release", allow=settle, summary="Apply many messages again, each with its result")
    async def release_each(body: Messages, call: Call[Work]) -> MessageResults:
        """In the order of parking. Each must be the first of its key that is parked then: of several of one key all are
        applied. One that fails again stays parked: `failed-again`."""

        async def release(message_id: int) -> None:
            done = await park.release(Selection(id=message_id), call.actor)
            if done.failed:
                raise FailedAgain

        return await _each(body.ids, release, call)

    @router.post(":batch-drop", allow=settle, summary="Give up many messages, each with its result")
    async def drop_each(body: MessagesToDrop, call: Call[Work]) -> MessageResults:
        """Messages that follow them stay parked until they are released."""

        async def drop(message_id: int) -> None:
            if not await park.drop(Selection(id=message_id), call.actor, reason=body.why):
                raise NotFound

        return await _each(body.ids, drop, call)


async def _each(ids: list[int], settle: Callable[[int], Awaitable[None]], call: Call[Work]) -> MessageResults:
    results: dict[int, MessageResult] = {}
    for message_id in sorted(ids):
        try:
            await settle(message_id)
        except RapportError as error:
            problem = problem_of(error, call)
            results[message_id] = MessageResult(id=message_id, result="refused", status=problem.status, problem=problem)
        else:
            results[message_id] = MessageResult(id=message_id, result="done", status=HTTPStatus.OK, problem=None)
    ordered = [results[message_id] for message_id in ids]
    done = sum(each.result == "done" for each in ordered)
    return MessageResults(done=done, refused=len(ordered) - done, results=ordered)
