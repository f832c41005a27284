"""The life of a clock as a table: published, drawn in the README, walked by a test."""

from __future__ import annotations

from rapport_kernel.states import Move, StateTable

CLOCK_LIFE = StateTable(
    "running",
    [
        Move("pause", "running", "paused"),
        Move("resume", "paused", "running"),
        Move("extend", "running", "running"),  # guarded: once, before it has run out
        Move("extend", "paused", "paused"),
        Move("meet", "running", "met"),
        Move("meet", "paused", "met"),
        Move("stop", "running", "stopped"),
        Move("stop", "paused", "stopped"),
    ],
)
