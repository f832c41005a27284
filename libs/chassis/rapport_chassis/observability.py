"""Seeing what happens: JSON logs without personal data, W3C trace context; metrics are in `metrics.py`.

Traces are propagated (HTTP -> outbox -> Kafka headers -> consumer -> outbox ...) and written into every log line; no
tracing library is needed for that.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, TextIO
from uuid import UUID

import orjson
import structlog
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
