"""The envelope: CloudEvents 1.0, Kafka protocol binding, binary mode. The record's value is the data alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, PlainValidator, TypeAdapter, ValidationError, with_config

from rapport_contracts.fields import written

SCHEMA_BASE = "https://rapport.dev/schemas/"
CONTENT_TYPE = "application/json"
SEQUENCE_DIGITS = 20

Headers = list[tuple[str, bytes]]


class BadEnvelope(Exception):
    """The headers of a record are not those of a Rapport event; the message names the header, never its value."""


def _moment(text: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise ValueError("is not a time") from None
    if moment.tzinfo is None:
        raise ValueError("has no offset")
    if moment.tzinfo is UTC:
        return moment
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("is not a time") from None


def _number(text: object) -> int:
    digits = str(text)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= SEQUENCE_DIGITS):
        raise ValueError("is not a number")
    return int(digits)


_HEADERS = {
    "id": "ce_id",
    "type": "ce_type",
    "source": "ce_source",
    "time": "ce_time",
    "subject": "ce_subject",
    "sequence": "ce_sequence",
    "actor": "ce_actor",
    "correlation_id": "ce_correlationid",
    "causation_id": "ce_causationid",
    "traceparent": "traceparent",
    "signature": "ce_signature",
}
"""In which header each field travels."""

_Named = Annotated[str, Field(min_length=1)]


@with_config(ConfigDict(alias_generator=_HEADERS.__getitem__))
@dataclass(frozen=True, slots=True)
class Envelope:
    """Who said what when about which aggregate. No header says what follows from the rest: the key of the record is the
    subject, so there is no `ce_partitionkey`.

    `subject` is the aggregate id and equals the Kafka key; `sequence` is the aggregate's version after the fact, so a
    reader can drop what is stale; `time` is when it was recorded (UTC): when it happened stands in the data, in the field
    that `x-time` of its schema names. `actor` is `kind:opaque-id`, never a name.
    `correlation_id` is shared by all that one command caused, `causation_id` is the event that caused this one.
    `signature` is that of the owner, on facts of types that are signed (`Event.signed`).
    """

    id: UUID
    type: _Named
    source: _Named
    time: Annotated[datetime, PlainValidator(_moment)]
    subject: UUID
    sequence: Annotated[int, PlainValidator(_number)]
    actor: str = "system"
    correlation_id: UUID | None = None
    causation_id: UUID | None = None
    traceparent: str | None = None
    signature: str | None = None

    def to_headers(self, schemas: str = SCHEMA_BASE) -> Headers:
        """The Kafka headers, all values UTF-8; `sequence` is zero-padded so that it orders as text. `schemas` is the address
        below which the schema of each type is served."""
        headers = [
            ("ce_specversion", b"1.0"),
            ("ce_id", str(self.id).encode()),
            ("ce_type", self.type.encode()),
            ("ce_source", self.source.encode()),
            ("ce_time", written(self.time).encode()),
            ("ce_subject", str(self.subject).encode()),
            ("ce_sequence", f"{self.sequence:0{SEQUENCE_DIGITS}d}".encode()),
            ("ce_dataschema", f"{schemas}{self.type}.json".encode()),
            ("ce_actor", self.actor.encode()),
            ("content-type", CONTENT_TYPE.encode()),
        ]
        if self.correlation_id is not None:
            headers.append(("ce_correlationid", str(self.correlation_id).encode()))
        if self.causation_id is not None:
            headers.append(("ce_causationid", str(self.causation_id).encode()))
        if self.traceparent is not None:
            headers.append(("traceparent", self.traceparent.encode()))
        if self.signature is not None:
            headers.append(("ce_signature", self.signature.encode()))
        return headers

    @classmethod
    def from_headers(cls, headers: Iterable[tuple[str, bytes | None]]) -> Envelope:
        """Read the headers back; unknown ones are ignored. Raises BadEnvelope."""
        try:
            found = {name: value.decode() for name, value in headers if name in _KNOWN and value is not None}
        except UnicodeDecodeError:
            raise BadEnvelope("a header is not UTF-8") from None
        if found.get("ce_specversion") != "1.0":
            raise BadEnvelope("ce_specversion is not 1.0")
        try:
            return _reader().validate_python(found)
        except ValidationError as error:
            wrong = error.errors(include_url=False, include_context=False, include_input=False)[0]
            raise BadEnvelope(
                f"{wrong['loc'][0]} {_WRONG.get(wrong['type']) or wrong['msg'].removeprefix('Value error, ')}"
            ) from None


_KNOWN = frozenset({"ce_specversion", *_HEADERS.values()})
_WRONG = {"missing": "is missing", "string_too_short": "is missing", "uuid_parsing": "is not a UUID"}


@cache
def _reader() -> TypeAdapter[Envelope]:
    """Reads the known headers in one call: an envelope stands on the way of every event, and this takes half of the time."""
    return TypeAdapter(Envelope)
