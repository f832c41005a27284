"""Logs are JSON with ids and without personal data; traces are carried on; metrics of two services share a registry."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from rapport_chassis import metrics as metrics_module
from rapport_chassis import repeats
from rapport_chassis.metrics import Metrics, measured
from rapport_chassis.observability import (
    child,
    configure_logging,
    describe,
    get_logger,
    in_context,
    trace_id,
    traceparent,
)
from rapport_kernel.errors import Invalid
from rapport_kernel.ids import new_id

PHONE, MAIL = "+8613800138000", "li.wei@example.com"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Logs of this process, caught; the configuration of before comes back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging("debug", stream)
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def written(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_personal_keys_and_what_looks_like_personal_data_are_masked(lines: io.StringIO) -> None:
    get_logger("test").info(
        "call.taken",
        phone=PHONE,
        detail={"email": MAIL, "queue": "orders", "list": [f"from {PHONE}", 7]},
        said=f"write to {MAIL} or call {PHONE}",
        raw=PHONE.encode(),
        offset=8613800138000,
    )
    (line,) = written(lines)
    assert PHONE not in lines.getvalue()
    assert MAIL not in lines.getvalue()
    assert PHONE[1:] not in str({key: value for key, value in line.items() if key != "offset"})
    assert line["detail"] == {"email": "***", "queue": "orders", "list": ["from ***", 7]}
    assert line["said"] == "write to *** or call ***"
    assert line["level"] == "info"


def test_an_error_is_told_without_its_message(lines: io.StringIO) -> None:
    try:
        int(PHONE + "x")
    except ValueError:
        get_logger("ours").exception("reading.failed")
        logging.getLogger("theirs").exception("their message")
    for line in written(lines):
        assert line["error"] == "ValueError"
        assert "test_an_error_is_told_without_its_message" in str(line["where"])
    assert len(written(lines)) == 2
    assert PHONE not in lines.getvalue()


def test_our_own_errors_keep_their_code() -> None:
    assert describe(Invalid("too-short")) == "Invalid too-short"


def test_ids_of_the_event_in_hand_stand_in_every_line(lines: io.StringIO) -> None:
    event, customer, trace = new_id(), new_id(), traceparent()
    with in_context(trace=trace, event=event, customer=customer):
        logging.getLogger("library").warning("inside")
    get_logger("ours").info("outside")
    inside, outside = written(lines)
    assert (inside["trace"], inside["event_id"], inside["customer"]) == (trace_id(trace), str(event), str(customer))
    assert "event_id" not in outside


def test_lower_levels_of_the_kafka_client_stay_silent(lines: io.StringIO) -> None:
    """It tells keys and values there."""
    logging.getLogger("aiokafka.producer.producer").debug("Sending (key=%r value=%r)", PHONE, MAIL)
    assert lines.getvalue() == ""


def test_what_says_the_same_is_written_once_and_counted(lines: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 1000.0
    monkeypatch.setattr(repeats.time, "monotonic", lambda: clock)
    ours, theirs = get_logger("ours"), logging.getLogger("aiokafka.consumer.fetcher")

    def say() -> None:
        for node in range(50):
            theirs.error("Failed fetch messages from %s: %s", node, OSError("gone"))
            ours.warning("consumer.fault", consumer="a", error="TimeoutError", rest=node / 7)

    say()
    assert len(written(lines)) == 2
    # Another error, another consumer, another customer, a lower level: each says something of its own.
    theirs.error("Failed fetch messages from %s: %s", 1, KeyError("other"))
    ours.warning("consumer.fault", consumer="b", error="TimeoutError")
    ours.warning("consumer.fault", consumer="a", error="TimeoutError", partition=3)
    with in_context(customer=new_id()):
        ours.warning("consumer.fault", consumer="a", error="TimeoutError")
    assert len(written(lines)) == 6
    for _ in range(3):
        ours.info("consumer.assigned", partitions=3)
    assert len(written(lines)) == 9
    clock += 61
    say()
    library, own = written(lines)[9:]
    assert library["event"] == "Failed fetch messages from 0: gone"
    assert (library["repeated"], own["repeated"]) == (49, 49)


def test_the_memory_of_what_was_said_is_bounded(lines: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 1000.0
    monkeypatch.setattr(repeats.time, "monotonic", lambda: clock)
    (keeps,) = (each for each in logging.getLogger().handlers[0].filters if isinstance(each, repeats.Repeats))
    for number in range(3 * repeats.MOST):
        clock += 0.1
        get_logger("ours").warning("relay.parked", event_id=str(number))
    assert len(written(lines)) == 3 * repeats.MOST
    assert len(keeps._logged) <= repeats.MOST + repeats.EVERY / 0.1


def test_a_figure_that_nobody_measures_any_more_is_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 1000.0
    monkeypatch.setattr(metrics_module.time, "monotonic", lambda: clock)
    metrics = Metrics()
    measured(metrics.outbox_depth.labels("profiles"), 7)
    assert 'rapport_outbox_depth{service="profiles"} 7.0' in metrics.exposition().decode()
    clock += metrics_module.FRESH + 1
    assert 'rapport_outbox_depth{service="profiles"} NaN' in metrics.exposition().decode()


def test_a_child_span_stays_in_its_trace() -> None:
    correlation = new_id()
    root = traceparent(correlation)
    below = child(root)
    assert trace_id(below) == trace_id(root) == correlation.hex
    assert below != root
    assert below.endswith("-01")


@pytest.mark.parametrize(
    "malformed",
    [
        None,
        "",
        "00-xyz-1-01",
        "00-" + "0" * 32 + "-" + "a" * 16 + "-01",
        "00-" + "A" * 32 + "-" + "a" * 16 + "-01",
        "x" * 500,
    ],
)
def test_a_malformed_parent_begins_a_new_trace(malformed: str | None) -> None:
    assert trace_id(malformed) is None
    assert trace_id(child(malformed)) is not None


def test_services_of_one_process_share_a_registry() -> None:
    metrics = Metrics()
    metrics.outbox_depth.labels("profiles").set(3)
    metrics.outbox_depth.labels("complaints").set(4)
    text = metrics.exposition().decode()
    assert 'rapport_outbox_depth{service="profiles"} 3.0' in text
    assert 'rapport_outbox_depth{service="complaints"} 4.0' in text
    assert "process_resident_memory_bytes" in text
    assert "rapport_outbox_depth" in Metrics().exposition().decode()  # a second app has its own
