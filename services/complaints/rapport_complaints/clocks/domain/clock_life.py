"""A clock's life as a table, published, drawn in the README and walked by a test; and what a clock refuses beyond it."""

from __future__ import annotations

from rapport_kernel.errors import Conflict
from rapport_kernel.states import Move, StateTable

CLOCK_LIFE = StateTable(
    "clock",
    "running",
    [
        Move("pause", "running", "paused", by="system"),
        Move("resume", "paused", "running", by="system"),
        Move("extend", "running", "running"),  # guarded: once, before it has run out
        Move("extend", "paused", "paused"),
        Move("meet", "running", "met", by="system"),
        Move("meet", "paused", "met", by="system"),
        Move("stop", "running", "stopped", by="system"),
        Move("stop", "paused", "stopped", by="system"),
    ],
)


class AlreadyExtended(Conflict):
    """A clock is extended once."""

    code = "already-extended"


class TooLateToExtend(Conflict):
    """The time has run out already: an extension is approved before that."""

    code = "too-late-to-extend"
