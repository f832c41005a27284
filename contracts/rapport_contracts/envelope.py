"""The envelope: CloudEvents 1.0, Kafka protocol binding, binary mode. The record's value is the data alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

SCHEMA_BASE = "https://rapport.dev/schemas/"
CONTENT_TYPE = "application/json"
SEQUENCE_DIGITS = 20

Headers = list[tuple[str, bytes]]


class BadEnvelope(Exception):
    """The headers of a record are not those of a Rapport event; the message names the header, never its value."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who said what when about which aggregate.

    `subject` is the aggregate id and equals the Kafka key; `sequence` is the aggregate's version after the fact, so a
    reader can drop what is stale; `time` is when it happened (UTC). `actor` is `kind:opaque-id`, never a name.
    `correlation_id` is shared by all that one command caused, `causation_id` is the event that caused this one.
    """

    id: UUID
    type: str
    source: str
    time: datetime
    subject: UUID
    sequence: int
    actor: str = "system"
    correlation_id: UUID | None = None
    causation_id: UUID | None = None
    traceparent: str | None = None

    def to_headers(self) -> Headers:
        """The Kafka headers, all values UTF-8; `sequence` is zero-padded so that it orders as text."""
        headers = [
            ("ce_specversion", b"1.0"),
            ("ce_id", str(self.id).encode()),
            ("ce_type", self.type.encode()),
            ("ce_source", self.source.encode()),
            ("ce_time", self.time.astimezone(UTC).isoformat().replace("+00:00", "Z").encode()),
            ("ce_subject", str(self.subject).encode()),
            ("ce_partitionkey", str(self.subject).encode()),
            ("ce_sequence", f"{self.sequence:0{SEQUENCE_DIGITS}d}".encode()),
            ("ce_dataschema", f"{SCHEMA_BASE}{self.type}.json".encode()),
            ("ce_actor", self.actor.encode()),
            ("content-type", CONTENT_TYPE.encode()),
        ]
        if self.correlation_id is not None:
            headers.append(("ce_correlationid", str(self.correlation_id).encode()))
        if self.causation_id is not None:
            headers.append(("ce_causationid", str(self.causation_id).encode()))
        if self.traceparent is not None:
            headers.append(("traceparent", self.traceparent.encode()))
        return headers

    @classmethod
    def from_headers(cls, headers: Iterable[tuple[str, bytes | None]]) -> Envelope:
        """Read the headers back; unknown ones are ignored. Raises BadEnvelope."""
        try:
            found = {name: value.decode() for name, value in headers if value is not None}
        except UnicodeDecodeError:
            raise BadEnvelope("a header is not UTF-8") from None
        if found.get("ce_specversion") != "1.0":
            raise BadEnvelope("ce_specversion is not 1.0")
        return cls(
            id=_uuid(found, "ce_id"),
            type=_need(found, "ce_type"),
            source=_need(found, "ce_source"),
            time=_time(found),
            subject=_uuid(found, "ce_subject"),
            sequence=_sequence(found),
            actor=found.get("ce_actor", "system"),
            correlation_id=_uuid(found, "ce_correlationid") if "ce_correlationid" in found else None,
            causation_id=_uuid(found, "ce_causationid") if "ce_causationid" in found else None,
            traceparent=found.get("traceparent"),
        )


def _need(found: dict[str, str], name: str) -> str:
    value = found.get(name)
    if not value:
        raise BadEnvelope(f"{name} is missing")
    return value


def _uuid(found: dict[str, str], name: str) -> UUID:
    try:
        return UUID(_need(found, name))
    except ValueError:
        raise BadEnvelope(f"{name} is not a UUID") from None


def _time(found: dict[str, str]) -> datetime:
    try:
        moment = datetime.fromisoformat(_need(found, "ce_time"))
    except ValueError:
        raise BadEnvelope("ce_time is not a time") from None
    if moment.tzinfo is None:
        raise BadEnvelope("ce_time has no offset")
    return moment.astimezone(UTC)


def _sequence(found: dict[str, str]) -> int:
    text = _need(found, "ce_sequence")
    if not (text.isascii() and text.isdigit() and len(text) <= SEQUENCE_DIGITS):
        raise BadEnvelope("ce_sequence is not a number")
    return int(text)
