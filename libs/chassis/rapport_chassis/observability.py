"""Seeing what happens: JSON logs without personal data, Prometheus metrics, W3C trace context.

Traces are propagated (HTTP -> outbox -> Kafka headers -> consumer -> outbox ...) and written into every log line; no
tracing library is needed for that.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import re
import sys
import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, TextIO
from uuid import UUID

import orjson
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.exposition import generate_latest
from rapport_kernel.errors import RapportError

from rapport_chassis.repeats import Repeats

TRACEPARENT = re.compile(r"^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$")
PERSONAL_KEYS = frozenset(
    (
        "phone",
        "email",
        "mail",
        "name",
        "names",
        "full_name",
        "address",
        "identifier",
        "identifiers",
        "value",
        "values",
        "birthday",
        "birth_date",
        "gender",
        "id_number",
        "member_number",
        "external_id",
        "text",
        "words",
        "comment",
        "note",
        "notes",
        "body",
        "payload",
        "description",
        "answer",
        "answers",
        "token",
        "secret",
        "password",
        "authorization",
        "cookie",
        "key_material",
        "dsn",
        "url",
    )
)
"""Log keys whose values are never written: they may hold personal data or secrets."""
MASK = "***"
_LIKE_PERSONAL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+|(?<![\w.:-])\+?\d[\d -]{7,16}\d(?![\w.:-])")
_OWN_KEYS = frozenset(("timestamp", "trace", "event_id", "customer", "level", "logger", "where", "error"))


# -- trace context (https://www.w3.org/TR/trace-context/) ------------------------------------------------------------


def traceparent(trace: UUID | None = None) -> str:
    """A new root span; the trace id is that of `trace` (a correlation id) or random."""
    return f"00-{trace.hex if trace else os.urandom(16).hex()}-{os.urandom(8).hex()}-01"


def child(parent: str | None) -> str:
    """A new span in the same trace; a new trace when there is none or it is malformed."""
    if parent is None or not TRACEPARENT.match(parent):
        return traceparent()
    return f"{parent[:36]}{os.urandom(8).hex()}{parent[52:]}"


def trace_id(parent: str | None) -> str | None:
    """The 32 hex digits that all spans of a trace share; None when malformed."""
    return parent[3:35] if parent and TRACEPARENT.match(parent) else None


# -- logs ------------------------------------------------------------------------------------------------------------


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger whose lines are JSON: `log.info("relay.took-over", epoch=3)`. Events are constants, facts are keys."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


@contextmanager
def in_context(
    *, trace: str | None = None, event: UUID | None = None, customer: UUID | None = None, request: str | None = None
) -> Iterator[None]:
    """Write ids of trace, event and customer, and the caller's own of a request, into every log line of this task inside
    the block."""
    ids = {
        "trace": trace_id(trace),
        "event_id": event and str(event),
        "customer": customer and str(customer),
        "request": request,
    }
    with structlog.contextvars.bound_contextvars(**{key: value for key, value in ids.items() if value}):
        yield


def current_trace() -> str | None:
    """The trace id of what is worked on in this task, as its log lines bear it."""
    found: str | None = structlog.contextvars.get_contextvars().get("trace")
    return found


def configure_logging(level: str = "info", stream: TextIO | None = None) -> None:
    """JSON lines on `stream` (default: standard error) for our loggers and those of libraries. Called once a process.

    What says the same again and again is written once a minute (`repeats.py`).
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        describe_errors,
        mask_personal,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    render = structlog.processors.JSONRenderer(serializer=lambda line, **_: orjson.dumps(line, default=str).decode())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared[:4], structlog.stdlib.ExtraAdder(), describe_errors, mask_personal],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    handler.addFilter(Repeats())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for noisy in ("aiokafka", "sqlalchemy", "asyncio", "httpx", "uvicorn.error"):
        # Their lower levels tell keys, values and parameters.
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))


def mask_personal(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: masks values of personal keys, in nested objects too, and what looks like personal data."""
    for key, value in line.items():
        if key not in _OWN_KEYS:
            line[key] = MASK if key.lower() in PERSONAL_KEYS else _masked(value)
    return line


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return _LIKE_PERSONAL.sub(MASK, value)
    if isinstance(value, dict):
        return {key: MASK if str(key).lower() in PERSONAL_KEYS else _masked(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(inner) for inner in value]
    if isinstance(value, bytes | bytearray | memoryview):
        return MASK
    return value


def describe_errors(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: an exception becomes its classes and places. Its message may hold input and is left out."""
    raised = line.pop("exc_info", None)
    error = sys.exc_info()[1] if raised is True else raised[1] if isinstance(raised, tuple) else raised
    if isinstance(error, BaseException):
        line["error"], line["where"] = describe(error), places(error)
    return line


def describe(error: BaseException) -> str:
    """What an error is, without what the input was: class, our own stable code, SQLSTATE, constraint."""
    parts = [type(error).__name__]
    if isinstance(error, RapportError):
        parts.append(error.code)
    original: Any = getattr(error, "orig", None) or error
    original = getattr(original, "__cause__", None) or original
    parts += [f"{name}={value}" for name in ("sqlstate", "constraint_name") if (value := getattr(original, name, None))]
    return " ".join(parts)


def places(error: BaseException, limit: int = 12) -> list[str]:
    """Where it was raised: `file.py:12 function`, the innermost last."""
    found, trace = [], error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{'/'.join(code.co_filename.split('/')[-2:])}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return found[-limit:]


# -- metrics ---------------------------------------------------------------------------------------------------------

FRESH = 60.0
"""Seconds for which a figure that is measured now and then may stand for the present."""
_REQUEST_SECONDS = (0.01, 0.05, 0.25, 1, 5)
"""Few: each stands once for every route and status that was ever met."""
_BATCH_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15)


class Metrics:
    """The instruments of the bus in one registry per process; every one carries `service`, so that several share it."""

    def __init__(self) -> None:
        """Register them in a registry of their own."""
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.outbox_depth = self._gauge(
            "outbox_depth", "Facts not acknowledged by the broker (counted up to 100000)", "service"
        )
        self.outbox_oldest = self._gauge("outbox_oldest_seconds", "Age of the oldest of them", "service")
        self.relay_leading = self._gauge("relay_leading", "1 where this process relays", "service")
        self.relay_sent = self._counter("relay_sent", "Facts acknowledged by the broker", "service")
        self.relay_failures = self._counter("relay_failures", "What kept facts from being sent", "service", "kind")
        topic = ("service", "consumer", "topic")
        self.consumed = self._counter("consumed", "Records read", *topic)
        self.settled = self._counter(
            "settled", "What became of them: applied, duplicate, ignored, parked", *topic, "outcome"
        )
        self.lag = self._gauge("consumer_lag", "Records not applied yet", *topic, "partition")
        consumer = ("service", "consumer")
        self.held_seconds = self._gauge("consumer_held_seconds", "How long a passing failure holds the batch", *consumer)
        self.consumer_faults = self._counter("consumer_faults", "Trouble of a consumer", *consumer, "kind")
        self.parked_open = self._gauge("parked_open", "Messages in the park", *consumer, "reason")
        timer = ("service", "kind")
        self.timers_fired = self._counter("timers_fired", "Timers whose handler committed", *timer)
        self.timers_failed = self._counter("timers_failed", "Tries of a timer that failed", *timer)
        self.timers_parked = self._counter("timers_parked", "Timers that failed for good", *timer)
        self.timers_late = self._gauge("timers_late_seconds", "How late the last timers were fired", "service")
        self.part_running = self._gauge(
            "part_running", "1 while a part runs and does its work, as /health/ready says; else 0", "service", "part"
        )
        self.audit_broken = self._gauge("audit_broken", "1 while the audit trail is not what was written", "service")
        self.audit_verified = self._gauge(
            "audit_verified_timestamp_seconds",
            "When all of it was last found to be what was anchored (Unix time)",
            "service",
        )
        self.audit_apart = self._gauge(
            "audit_apart", "1 where the role of this process does not own the audit trail, as it should be", "service"
        )
        self.loop_lag = self._gauge("loop_lag_seconds", "By how much the event loop was late, worst of the last 10 s")
        self.batch_seconds = Histogram(
            "rapport_batch_seconds",
            "From a polled batch to its commit in the database",
            consumer,
            buckets=_BATCH_SECONDS,
            registry=self.registry,
        )

        self.live_listeners = self._gauge("live_listeners", "Who listen to live updates in this process", "service")
        self.live_sent = self._counter("live_sent", "Live updates sent to listeners", "service")
        self.live_resets = self._counter("live_resets", "Listeners told to load anew, by why", "service", "reason")
        self.http_seconds = Histogram(
            "rapport_http_seconds",
            "From the first byte of a request to the end of its answer; of a stream, to its beginning",
            ("service", "route", "status"),
            buckets=_REQUEST_SECONDS,
            registry=self.registry,
        )

    def _gauge(self, name: str, says: str, *labels: str) -> Gauge:
        return Gauge(f"rapport_{name}", says, labels, registry=self.registry)

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(f"rapport_{name}", says, labels, registry=self.registry)

    def exposition(self) -> bytes:
        """All metrics in the Prometheus text format."""
        return generate_latest(self.registry)


def measured(gauge: Gauge, value: float) -> None:
    """Set a gauge that tells NaN once this figure is older than `FRESH`: an old one would be a lie."""
    at = time.monotonic()
    gauge.set_function(lambda: value if time.monotonic() - at < FRESH else math.nan)


async def watch_loop(metrics: Metrics, stop: asyncio.Event) -> None:
    """Measure how late the event loop is until `stop`: a blocked loop also blocks heartbeats to the broker."""
    step, worst, since = 0.5, 0.0, time.monotonic()
    while not stop.is_set():
        before = time.monotonic()
        await asyncio.sleep(step)
        now = time.monotonic()
        worst = max(worst, now - before - step)
        if now - since >= 10:  # noqa: PLR2004 - seconds of one measurement, as the metric says
            metrics.loop_lag.set(worst)
            worst, since = 0.0, now
