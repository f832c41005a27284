"""The life of a win-back (S64) as a table: published, drawn in the README, walked by a test."""

from __future__ import annotations

from rapport_kernel.states import Move, StateTable

WIN_BACK_LIFE = StateTable(
    "requested",
    [
        Move("start", "requested", "in_progress"),
        Move("start", "in_progress", "in_progress"),  # somebody else goes on
        Move("close", "requested", "closed"),
        Move("close", "in_progress", "closed"),
    ],
)
