"""Who was refused what: a known caller who asks for more than their scopes and level leaves a line in the audit trail."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from rapport_chassis.actor import Actor
from rapport_chassis.observability import describe, get_logger
from rapport_chassis.work import WorkFactory

EVERY = 60.0
"""Seconds: of one caller at one operation one line, with how often it was in the meantime. A flood of refusals would else
hold up everybody who has something to write into the trail."""
_MOST = 10_000

_log = get_logger("rapport.access")


class Denials:
    """What one process refused lately."""

    def __init__(self, works: WorkFactory[Any], *, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` in seconds."""
        self._works = works
        self._clock = clock
        self._lately: dict[tuple[str, str, str], tuple[float, int]] = {}

    async def note(self, actor: Actor, operation: str, code: str) -> None:
        """`operation` is method and path of the route, never what stood in them. What cannot be written is logged: the
        caller is refused all the same."""
        case, now = (str(actor), operation, code), self._clock()
        since, times = self._lately.get(case, (-EVERY, 0))
        if now - since < EVERY:
            self._lately[case] = (since, times + 1)
            return
        if len(self._lately) >= _MOST:
            self._lately.clear()
        self._lately[case] = (now, 0)
        try:
            async with self._works(actor) as work:
                detail = {"level": actor.level, "times": times + 1}
                await work.audit("access.denied", f"operation:{operation}", reason=code, detail=detail)
        except Exception as error:  # noqa: BLE001 - whatever it is, it makes no other answer of a refusal
            _log.warning("audit.denial-lost", actor=str(actor), operation=operation, error=describe(error))
