"""Which pushed items can be used, and the life of those that cannot: they wait until a person replays or drops them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from rapport_contracts.codes import is_code
from rapport_contracts.fields import WrongValue
from rapport_contracts.interactions.inbound import CallEvent, ItemResult
from rapport_contracts.interactions.quarantine import InboundEventDropped, InboundEventReplayed
from rapport_kernel.history import Act, AggregateWithHistory, Noted
from rapport_kernel.states import Move, StateTable

CONFLICT = "conflicting-duplicate"
"""The reason of an event whose id is taken by an event with other content."""
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_EVENT = TypeAdapter(CallEvent)

LIFE = StateTable(
    "quarantined-event", "waiting", [Move("replay", "waiting", "replayed"), Move("drop", "waiting", "dropped")]
)


@dataclass(kw_only=True)
class QuarantinedEvent(AggregateWithHistory, life=LIFE):
    """An item that could not be used. `place` is the field at fault, if it is one that we know, `line` its position in its
    batch, from 0; `content` is sealed, and None once it is settled; `times` is how often it came. Times in UTC.
    """

    noted: ClassVar = {"replay": Noted(result=ItemResult, mended=bool)}

    source: str
    reason: str
    place: str | None
    line: int
    digest: bytes
    content: bytes | None
    size: int
    times: int = 1
    quarantined_at: datetime
    settled_at: datetime | None = None
    settled_by: str | None = None
    result: str | None = None

    def replay(self, act: Act, result: str, *, mended: bool) -> None:
        """It was taken in, as it came or as `mended`, with this result. Raises NotAllowed."""
        self._transition("replay", act, result=result, mended=mended)
        self._settled(act, result)
        self._emit(InboundEventReplayed, replayed_at=act.at)

    def drop(self, act: Act, reason: str) -> None:
        """Nobody needs it, for the `reason` (a code). Raises NotAllowed."""
        self._transition("drop", act)
        self._settled(act, reason)
        self._emit(InboundEventDropped, reason=reason, dropped_at=act.at)

    def _settled(self, act: Act, result: str) -> None:
        self.settled_at, self.settled_by, self.result, self.content = act.at, act.by, result, None


@dataclass(frozen=True, slots=True)
class Unusable:
    """An item that cannot be used: the reason as a code, where (a path of field names), and the bytes as they came."""

    reason: str
    where: str
    raw: bytes


Judged = CallEvent | Unusable


def judge(raw: bytes) -> Judged:
    """One item as bytes: the event, or why it cannot be used."""
    try:
        return usable(_EVENT.validate_json(raw))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        return Unusable(_reason(first), _where(first["loc"]), raw)


def usable(event: CallEvent) -> Judged:
    """Refuse values that the types of the wire allow and no database or terminal should be given."""
    # A known value is a member of its enum; only open values need a check.
    sent = event.__pydantic_fields_set__
    for name in _OPEN:
        value = getattr(event, name) if name in sent else None
        if type(value) is str and not is_code(value):
            return Unusable("bad-code", name, event.model_dump_json(exclude_defaults=True).encode())
    if event.identifiers and any(_CONTROL.search(identifier.value) for identifier in event.identifiers):
        return Unusable("control-character", "identifiers", event.model_dump_json(exclude_defaults=True).encode())
    return event


def _reason(error: ErrorDetails) -> str:
    """The stable code for a validation error."""
    wrong = error.get("ctx", {}).get("error")
    if isinstance(wrong, WrongValue) and wrong.code.startswith("not-a-"):
        return "bad-code"
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
    }.get(error["type"], "bad-value")


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
