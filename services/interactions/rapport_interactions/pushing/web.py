"""The route to which call-centre systems push."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from rapport_chassis.actor import Actor
from rapport_chassis.security.scopes import Scope
from rapport_chassis.web.body import RawBody
from rapport_chassis.web.call import Call
from rapport_chassis.web.endpoint import Described
from rapport_chassis.web.router import Router
from rapport_chassis.work import Work
from rapport_contracts.codes import is_code
from rapport_contracts.interactions.inbound import CallEvent, ItemResult
from rapport_kernel.errors import Forbidden, Invalid

from rapport_interactions.pushing.domain import judge_batch
from rapport_interactions.pushing.usecases import Taken, receive_events

LARGEST_BODY = 16 * 1024 * 1024

EXAMPLE: JsonDict = {
    "events": [
        {
            "event_id": "e-1001",
            "call_id": "c-77",
            "type": "queued",
            "occurred_at": "2026-03-02T09:15:04+08:00",
            "queue": "sales",
            "identifiers": [{"kind": "phone", "value": "+86 138 0013 8000"}],
        },
        {
            "event_id": "e-1002",
            "call_id": "c-77",
            "type": "connected",
            "occurred_at": "2026-03-02T09:15:31+08:00",
            "agent": "agent-12",
        },
    ]
}


class PushedEvents(BaseModel):
    """1 to 1,000 events, of any calls, in any order, as often as needed to get an answer."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    events: Annotated[list[CallEvent], Field(min_length=1, max_length=1000)]


class BatchAnswer(BaseModel):
    """The answers, in the order of the events. Once it is sent, everything accepted is durable."""

    accepted: int
    duplicate: int
    late: int
    quarantined: int
    results: list[Taken]


def pushing_router(most: int) -> Router:
    """The route; `most` bytes may wait in the quarantine for one source."""
    router = Router(tags=["pushed events"], about="Events of call-centre systems, pushed in batches.")

    @router.post(
        "/interaction-events:batch",
        allow=Scope("interactions:push"),
        errors=[
            *("foreign-source", "source-needed", "bad-source", "bad-json", "bad-batch", "batch-empty", "batch-size"),
            "quarantine-full",
        ],
        summary="Push call events",
        max_body=LARGEST_BODY,
    )
    async def push_events(
        body: Annotated[RawBody, Described(PushedEvents)],
        call: Call[Work],
        source: Annotated[
            str | None, Query(max_length=100, description="Only for people; a machine key has its own.")
        ] = None,
    ) -> BatchAnswer:
        """Each event has its own answer, in order: `accepted`, `duplicate`, `late` (its call was closed; it amends the
        call) or `quarantined` with a reason. One bad event never spoils the batch. A body that is not a batch is a 422,
        and nothing of it is kept; nor is anything of a batch with a bad event while too much of the source waits in the
        quarantine (429): send it again later.
        """
        pushing_for = source_of(call.actor, source)
        items = judge_batch(body)
        return answer(await call.run(receive_events, pushing_for, items, most))

    return router


def source_of(actor: Actor, named: str | None) -> str:
    """The source that the caller pushes for: a machine for its own only, a person for the one that they name.

    Raises Forbidden `foreign-source`, Invalid `source-needed`, `bad-source`.
    """
    if actor.source is not None:
        if named not in {None, actor.source}:
            raise Forbidden("foreign-source")
        return actor.source
    if named is None:
        raise Invalid.at("source", "source-needed")
    if not is_code(named):
        raise Invalid.at("source", "bad-source")
    return named


def answer(taken: list[Taken]) -> BatchAnswer:
    """The answers with their counts."""
    counts = Counter(one.result for one in taken)
    return BatchAnswer.model_construct(
        accepted=counts[ItemResult.ACCEPTED],
        duplicate=counts[ItemResult.DUPLICATE],
        late=counts[ItemResult.LATE],
        quarantined=counts[ItemResult.QUARANTINED],
        results=taken,
    )
