"""Time-ordered identifiers (UUID version 7, RFC 9562), and those that follow from what caused them (version 5)."""

from __future__ import annotations

import os
import threading
import time
from uuid import UUID, uuid5

_lock = threading.Lock()
_last_ms = 0
_counter = 0
_COUNTER_MAX = 0xFFF


def new_id() -> UUID:
    """A new UUIDv7: 48 bits of milliseconds, a 12-bit counter, 62 random bits.

    Within one process each id sorts after the one before, so that rows written together stay together in an index.
    """
    global _last_ms, _counter  # noqa: PLW0603 - the counter is what makes ids of one millisecond ordered
    with _lock:
        now = time.time_ns() // 1_000_000
        if now > _last_ms:
            _last_ms, _counter = now, int.from_bytes(os.urandom(1), "big")
        else:
            _counter += 1
            if _counter > _COUNTER_MAX:
                _last_ms, _counter = _last_ms + 1, 0
        stamp, counter = _last_ms, _counter
    random = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    return UUID(int=stamp << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62 | random)


def derived_id(cause: UUID, place: str) -> UUID:
    """The id of what `cause` (an event, a contact, a complaint) brings about; `place` tells several of one cause apart.

    The same for the same cause, whenever and wherever it is applied: what was read before a restore and is read again
    makes nobody and nothing a second time (docs/decisions/0051).
    """
    return uuid5(cause, place)
