"""Is a pushed item an event that we can use? One bad item never spoils the batch it came in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError
from rapport_contracts.event import Payload
from rapport_contracts.interactions.inbound import CallEvent
from rapport_kernel.errors import Invalid, TooLarge

LARGEST_BATCH = 1000
_LONGEST_CODE = 100
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

SOURCE = re.compile(rb"[\x21-\x7e]{1,100}")
"""What may name a source: printable ASCII without blanks."""


class Batch(Payload):
    """The body of a pushed batch, when all of it is well formed."""

    events: list[CallEvent]


_BATCH = TypeAdapter(Batch)
_EVENT = TypeAdapter(CallEvent)


@dataclass(frozen=True, slots=True)
class Unusable:
    """An item that waits for a person: the reason as a code, where (a path of field names), and the bytes as they came."""

    reason: str
    where: str
    raw: bytes


Judged = CallEvent | Unusable


def judge_batch(body: bytes) -> list[Judged]:
    """All items of `{"events": [...]}` in their order.

    Raises Invalid `bad-json` or `bad-batch` when the whole is not that, TooLarge for more than 1,000 items.
    """
    try:
        # The usual case: everything is well formed, and one pass in compiled code is enough.
        events: list[Judged] = [_usable(event) for event in _BATCH.validate_json(body).events]
    except ValueError:
        try:
            events = [judge(item) for item in _items(body)]
        except RecursionError:
            raise Invalid("bad-json", "The body is nested too deeply.") from None
    if not 1 <= len(events) <= LARGEST_BATCH:
        raise (TooLarge if events else Invalid)("batch-size", f"A batch has 1 to {LARGEST_BATCH} events.")
    return events


def judge(raw: bytes) -> Judged:
    """One item as bytes: the event, or why it cannot be used."""
    try:
        return _usable(_EVENT.validate_json(raw))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        return Unusable(_reason(first["type"]), _where(first["loc"]), raw)


def _usable(event: CallEvent) -> Judged:
    """Refuse what the types of the wire leave open and no database or terminal should be given."""
    # A known value is a member of its enum; only what is open needs a look.
    sent = event.__pydantic_fields_set__
    for name in _OPEN:
        value = getattr(event, name) if name in sent else None
        if type(value) is str and (not 0 < len(value) <= _LONGEST_CODE or _CONTROL.search(value)):
            return Unusable("bad-code", name, event.model_dump_json(exclude_defaults=True).encode())
    if event.identifiers and any(_CONTROL.search(identifier.value) for identifier in event.identifiers):
        return Unusable("control-character", "identifiers", event.model_dump_json(exclude_defaults=True).encode())
    return event


def _items(body: bytes) -> Iterator[bytes]:
    """The items of a batch of which at least one is bad, each as bytes of its own."""
    try:
        whole = json.loads(body.decode())
    except ValueError:
        raise Invalid("bad-json", "The body is not JSON in UTF-8.") from None
    if not isinstance(whole, dict) or not isinstance(whole.get("events"), list):
        raise Invalid("bad-batch", 'The body is an object with a list named "events".')
    if len(whole["events"]) > LARGEST_BATCH:
        raise TooLarge("batch-size", f"A batch has 1 to {LARGEST_BATCH} events.")
    for item in whole["events"]:
        yield _bytes_of(item)


def _bytes_of(item: Any) -> bytes:
    """Lone surrogates are kept as escapes, so that the item can be stored, and is judged as what it is."""
    try:
        return json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(item, separators=(",", ":")).encode()


def _reason(kind: str) -> str:
    """Our stable code for a kind of validation error."""
    return {
        "json_invalid": "bad-json",
        "missing": "missing-field",
        "extra_forbidden": "unknown-field",
        "enum": "unknown-type",
        "datetime_from_date_parsing": "bad-time",
        "datetime_parsing": "bad-time",
        "datetime_type": "bad-time",
        "datetime_object_invalid": "bad-time",
        "value_error": "bad-time",  # a time that does not exist in UTC
        "timezone_aware": "time-without-offset",
        "timezone_offset": "time-without-offset",
        "string_pattern_mismatch": "bad-code",
        "string_too_long": "too-long",
        "string_too_short": "empty-field",
        "too_long": "too-many",
        "model_type": "not-an-object",
        "model_attributes_type": "not-an-object",
    }.get(kind, "bad-value")


def _where(path: tuple[int | str, ...]) -> str:
    """The place of the error: known field names and positions. An unknown field's name is the caller's, so it stays out."""
    known = [str(part) if isinstance(part, int) or part in _KNOWN else "?" for part in path]
    return ".".join(known)[:200]


_OPEN = ("channel", "direction", "mode", "outcome")
_KNOWN = {
    *CallEvent.model_fields,
    "kind",
    "value",
    "started_at",
    "ended_at",
    "seconds",
}
