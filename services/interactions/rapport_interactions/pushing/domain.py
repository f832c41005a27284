"""The items of a pushed batch, each judged for itself: one bad item never spoils the batch that it came in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter
from rapport_contracts.event import Payload
from rapport_contracts.interactions.inbound import CallEvent
from rapport_kernel.errors import Invalid, TooLarge

from rapport_interactions.quarantine.domain import Judged, judge, usable

LARGEST_BATCH = 1000


class Batch(Payload):
    """The body of a pushed batch, when all of it is well formed."""

    events: list[CallEvent]


_BATCH = TypeAdapter(Batch)


def judge_batch(body: bytes) -> list[Judged]:
    """All items of `{"events": [...]}` in their order.

    Raises Invalid `bad-json` or `bad-batch` when the whole is not that, TooLarge for more than 1,000 items.
    """
    try:
        # The usual case: everything is well formed, and one pass of compiled code is enough.
        events: list[Judged] = [usable(event) for event in _BATCH.validate_json(body).events]
    except ValueError:
        try:
            events = [judge(item) for item in _items(body)]
        except RecursionError:
            raise Invalid("bad-json") from None
    if not events:
        raise Invalid.at("events", "batch-empty", most=LARGEST_BATCH)
    if len(events) > LARGEST_BATCH:
        raise TooLarge("batch-size", most=LARGEST_BATCH)
    return events


def _items(body: bytes) -> Iterator[bytes]:
    """The items of a batch of which at least one is bad, each as bytes of its own."""
    try:
        whole = json.loads(body.decode())
    except ValueError:
        raise Invalid("bad-json") from None
    if not isinstance(whole, dict) or not isinstance(whole.get("events"), list):
        raise Invalid.at("events", "bad-batch")
    if len(whole["events"]) > LARGEST_BATCH:
        raise TooLarge("batch-size", most=LARGEST_BATCH)
    for item in whole["events"]:
        yield _bytes_of(item)


def _bytes_of(item: Any) -> bytes:
    """Lone surrogates are kept as escapes, so that the item can be stored, and is judged as what it is."""
    try:
        return json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(item, separators=(",", ":")).encode()
