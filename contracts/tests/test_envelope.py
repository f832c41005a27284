"""The envelope against the CloudEvents SDK, and the headers that strangers send."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event
from rapport_contracts.envelope import BadEnvelope, Envelope

FULL = Envelope(
    id=UUID(int=1),
    type="customer.registered.v1",
    source="rapport/profiles",
    time=datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
    subject=UUID(int=2),
    sequence=42,
    actor="person:7f3a",
    correlation_id=UUID(int=3),
    causation_id=UUID(int=4),
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
)


def test_what_is_written_is_read_back():
    assert Envelope.from_headers(FULL.to_headers()) == FULL


def test_the_sdk_of_cloudevents_reads_it():
    event = from_binary_event(
        KafkaMessage(headers=dict(FULL.to_headers()), key=str(FULL.subject).encode(), value=b'{"a": 1}')
    )
    assert event.get_id() == str(FULL.id)
    assert event.get_type() == FULL.type
    assert event.get_time() == FULL.time
    assert event.get_subject() == str(FULL.subject)
    assert event.get_extension("sequence") == f"{42:020d}"
    assert event.get_data() == {"a": 1}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_specversion", b"0.3"),
        ("ce_id", b"not-a-uuid"),
        ("ce_id", None),
        ("ce_type", b""),
        ("ce_time", b"yesterday"),
        ("ce_time", b"2026-03-01T12:30:00"),
        ("ce_subject", b"\xff\xfe"),
        ("ce_sequence", b"-1"),
        ("ce_sequence", "٣".encode()),
        ("ce_sequence", b"9" * 30),
    ],
)
def test_a_broken_header_is_refused_without_saying_its_value(name: str, value: bytes | None):
    headers = [(key, value if key == name else old) for key, old in FULL.to_headers()]
    with pytest.raises(BadEnvelope) as caught:
        Envelope.from_headers(headers)
    assert value is None or value == b"" or value.decode(errors="replace") not in str(caught.value)


def test_the_sequence_orders_as_text():
    texts = [
        dict(Envelope(UUID(int=1), "a.b.v1", "s", FULL.time, UUID(int=2), n).to_headers())["ce_sequence"]
        for n in (9, 10, 2**40)
    ]
    assert texts == sorted(texts)


def test_times_have_six_digits_also_on_the_second():
    envelope = replace(FULL, time=datetime(2026, 3, 1, 12, 30, tzinfo=UTC))
    assert dict(envelope.to_headers())["ce_time"] == b"2026-03-01T12:30:00.000000Z"
