"""Builders of pushed events for the tests of this service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from rapport_contracts.interactions.inbound import CallEvent, PresentedIdentifier, RecordedSegment, SegmentKind, Step

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def step(kind: str, seconds: float, event_id: str | None = None, **more: Any) -> CallEvent:
    """A step of call `c-1`, `seconds` after noon."""
    return CallEvent(
        event_id=event_id or f"{kind}-{seconds}",
        call_id=more.pop("call_id", "c-1"),
        type=Step(kind),
        occurred_at=at(seconds),
        **more,
    )


def answered_call(call_id: str = "c-1", agent: str = "ana", queue: str = "sales") -> list[CallEvent]:
    """Menu 10 s, queue 30 s, ana 120 s, after-contact work 20 s."""
    return [
        step("started", 0, f"{call_id}:1", call_id=call_id),
        step("queued", 10, f"{call_id}:2", call_id=call_id, queue=queue),
        step("connected", 40, f"{call_id}:3", call_id=call_id, agent=agent),
        step("ended", 160, f"{call_id}:4", call_id=call_id),
        step("wrapped_up", 180, f"{call_id}:5", call_id=call_id),
    ]


def segment(kind: str, start: float, end: float, seconds: float | None = None, **more: Any) -> RecordedSegment:
    return RecordedSegment(kind=SegmentKind(kind), started_at=at(start), ended_at=at(end), seconds=seconds, **more)


def record(segments: Sequence[RecordedSegment], event_id: str = "cdr", **more: Any) -> CallEvent:
    return step("recorded", more.pop("seconds", 0), event_id, segments=list(segments), **more)


def phone(value: str = "+8613800138000") -> PresentedIdentifier:
    return PresentedIdentifier.model_validate({"kind": "phone", "value": value})


def body(events: Sequence[CallEvent | dict[str, Any]]) -> dict[str, Any]:
    """The JSON body of a batch."""
    return {
        "events": [
            event.model_dump(mode="json", exclude_defaults=True) if isinstance(event, CallEvent) else event
            for event in events
        ]
    }


PUSH = "/interactions/v1/interaction-events:batch"
INTERACTIONS = "/interactions/v1/interactions"
QUARANTINE = "/interactions/v1/quarantine"
STATS = "/interactions/v1/stats"


async def push(client: httpx.AsyncClient, events: list[Any], **params: str) -> dict[str, Any]:
    answer = await client.post(PUSH, json=body(events), params=params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
