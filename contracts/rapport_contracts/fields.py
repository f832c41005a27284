"""Field types of the wire: times, open enums, personal marks."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, Field, PlainSerializer, Strict, WithJsonSchema, WrapValidator

from rapport_contracts.vocabulary import VOCABULARY, vocabulary_name

_USUAL_LENGTHS = {
    len("2026-03-01T12:30:00") + fraction + zone for fraction in (0, len(".123456")) for zone in (len("Z"), len("+08:00"))
}
_NUMBER = re.compile(r"[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?")

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

CustomerId: TypeAlias = UUID
InteractionId: TypeAlias = UUID
ComplaintId: TypeAlias = UUID
ClockId: TypeAlias = UUID
BackTestId: TypeAlias = UUID
EscalationId: TypeAlias = UUID
CaseId: TypeAlias = UUID
CommunicationId: TypeAlias = UUID
AttachmentId: TypeAlias = UUID
LetterId: TypeAlias = UUID
SurveyId: TypeAlias = UUID
InvitationId: TypeAlias = UUID
ResponseId: TypeAlias = UUID
FollowUpId: TypeAlias = UUID


class WrongValue(ValueError):
    """What a validator of a model refuses: a code of the register of problems, and the values in its sentence."""

    def __init__(self, code: str, message: str = "", **params: Any) -> None:
        """`params` are ours (limits, known names), never what was sent; `message` is for who has no register."""
        self.code, self.params = code, params
        super().__init__(message or code)


def _utc(value: object, read: Callable[[object], datetime]) -> datetime:
    """A number, bare or in quotes, is no time: whether seconds or milliseconds were meant would be a guess."""
    if type(value) is str and value[4:5] == value[7:8] == "-":  # a date: no number has two such dashes
        if len(value) in _USUAL_LENGTHS and value[10] == "T" and (value[-1] == "Z" or value[-6] in "+-"):
            try:  # as we and most others write it: it stands on the way of every event, and this is twice as fast
                moment = datetime.fromisoformat(value)
                return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
            except (ValueError, OverflowError):
                pass  # said below, in the words of every other time
    elif isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value.strip())):
        raise WrongValue("bad-time", "a time is written with date, time and offset")
    try:
        return read(value).astimezone(UTC)
    except OverflowError:
        raise WrongValue("time-out-of-range", "outside of the years 1 to 9999 in UTC") from None


def written(moment: datetime) -> str:
    """A time as we write it: UTC, always with six digits, so that a column of them has one format."""
    return f"{moment.astimezone(UTC).isoformat(timespec='microseconds')[:-6]}Z"


UtcTime = Annotated[
    AwareDatetime,
    Strict(strict=False),
    WrapValidator(_utc),
    PlainSerializer(written, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]
"""An instant; any offset is read, UTC is written (`Z`, six digits). A time without an offset is refused, and so is a number.

Not strict even in strict models: a text is not known to come from JSON any more once it was looked at."""

Code = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""A short name of ours or of a source: queue, agent, touchpoint, reason, category. Never free text, never personal."""

Sealed = Annotated[str, Field(max_length=2048, json_schema_extra={"x-sealed": True})]
"""Ciphertext that only the services holding the transport key can read."""

if TYPE_CHECKING:
    Open: TypeAlias = E | str
    Personal: TypeAlias = Annotated[T, "x-pii"]
else:

    class Open:
        """`Open[Channel]`: a known value is read as the enum, an unknown one stays the string that it is."""

        def __class_getitem__(cls, enum: type[StrEnum]) -> Any:
            """The annotated union; its schema is a string that names the known values without closing the list."""
            schema = {"type": "string", "x-known-values": [member.value for member in enum], "title": enum.__name__}
            schema[VOCABULARY] = vocabulary_name(enum.__name__)
            return Annotated[enum | str, Field(union_mode="left_to_right"), WithJsonSchema(schema)]

    class Personal:
        """`Personal[str]`: personal data; marked `x-pii` in the schema and refused on public topics."""

        def __class_getitem__(cls, inner: Any) -> Any:
            """The annotated type."""
            return Annotated[inner, Field(json_schema_extra={"x-pii": True})]
