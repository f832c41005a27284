"""Calls as a switch tells of them: many at once, their events in the order in which they happen."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

BATCH = 500
EVENTS_OF_A_CALL = 5
START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)


def told(calls: int, name: str) -> list[dict[str, Any]]:
    """The events of `calls` calls, one beginning each second and lasting some minutes: about 200 are open at any time."""
    dice = random.Random(name)
    events: list[tuple[datetime, dict[str, Any]]] = []
    for number in range(calls):
        call, at = f"{name}-{number}", START + timedelta(seconds=number)
        queue, agent = f"queue-{number % 7}", f"agent-{dice.randrange(80)}"
        phone = {"kind": "phone", "value": f"+86138{dice.randrange(10**8):08}"}
        steps: list[tuple[str, float, dict[str, Any]]] = [
            ("started", 0, {"contact_type": "inquiry", "identifiers": [phone]}),
            ("queued", dice.uniform(5, 20), {"queue": queue}),
            ("connected", dice.uniform(5, 60), {"queue": queue, "agent": agent}),
            ("ended", dice.uniform(60, 240), {"agent": agent}),
            ("wrapped_up", dice.uniform(5, 40), {"agent": agent}),
        ]
        for place, (step, later, more) in enumerate(steps):
            at += timedelta(seconds=later)
            said = {"event_id": f"{call}-{place}", "call_id": call, "type": step, "occurred_at": at.isoformat(), **more}
            events.append((at, said))
    return [said for _, said in sorted(events, key=lambda event: event[0])]


def batches(events: list[dict[str, Any]]) -> list[bytes]:
    """HTTP bodies of 500 events."""
    return [orjson.dumps({"events": events[at : at + BATCH]}) for at in range(0, len(events), BATCH)]
