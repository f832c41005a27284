"""Lines of a log that say the same again and again: written once a minute, with how often it was said in between.

While a broker is away, a client library says so many times a second, for every connection. All of it is one line.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any

EVERY = 60.0
"""Seconds between two lines that say the same."""
MOST = 1000
"""Different lines remembered; beyond that those that have been silent for `EVERY` are forgotten."""


@dataclass(slots=True)
class _Logged:
    at: float
    repeated: int = 0


class Repeats(logging.Filter):
    """A filter for a handler. Warnings and errors only; a line that comes again after a while has a fact `repeated`.

    Our lines say the same when all their facts are the same but for fractions (seconds, shares) and the time. A library's
    do when they come from the same template with errors of the same classes: their other arguments are numbers of
    connections and groups.
    """

    def __init__(self, every: float = EVERY) -> None:
        """`every`: seconds."""
        super().__init__()
        self._every = every
        self._logged: dict[object, _Logged] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        if record.levelno < logging.WARNING:
            return True
        now = time.monotonic()
        what = _what(record)
        known = self._logged.get(what)
        if known is not None and now - known.at < self._every:
            known.repeated += 1
            return False
        if known is not None and known.repeated:
            _add(record, known.repeated)
        self._remember(what, now)
        return True

    def _remember(self, what: object, now: float) -> None:
        if len(self._logged) >= MOST:
            self._logged = {each: known for each, known in self._logged.items() if now - known.at < self._every}
        self._logged[what] = _Logged(now)


def _what(record: logging.LogRecord) -> object:
    message: Any = record.msg
    if isinstance(message, dict):
        facts = [(key, repr(value)) for key, value in message.items() if key != "timestamp" and not isinstance(value, float)]
        return record.name, record.levelno, tuple(sorted(facts))
    raised = record.exc_info[0] if record.exc_info else None
    arguments = record.args.values() if isinstance(record.args, dict) else record.args or ()
    errors = tuple(type(each).__name__ for each in arguments if isinstance(each, BaseException))
    return record.name, record.levelno, str(message), raised, errors


def _add(record: logging.LogRecord, repeated: int) -> None:
    message: Any = record.msg
    if isinstance(message, dict):
        record.msg = {**message, "repeated": repeated}
    else:
        record.repeated = repeated
