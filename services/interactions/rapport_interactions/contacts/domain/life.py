"""The life of an interaction as the API publishes it. A fold lands in one of these states; it never refuses an event."""

from __future__ import annotations

from rapport_kernel.states import Move, StateTable

LIFE = StateTable(
    initial="initiated",
    moves=[
        Move("queue", "initiated", "queued"),
        Move("connect", "initiated", "connected"),
        Move("abandon", "initiated", "abandoned"),
        Move("void", "initiated", "voided"),
        Move("end", "initiated", "completed"),
        Move("time_out", "initiated", "timed_out"),
        Move("connect", "queued", "connected"),
        Move("abandon", "queued", "abandoned"),
        Move("void", "queued", "voided"),
        Move("end", "queued", "completed"),
        Move("time_out", "queued", "timed_out"),
        Move("hold", "connected", "on_hold"),
        Move("transfer", "connected", "transferred"),
        Move("queue", "connected", "queued"),
        Move("end", "connected", "completed"),
        Move("time_out", "connected", "timed_out"),
        Move("resume", "on_hold", "connected"),
        Move("transfer", "on_hold", "transferred"),
        Move("queue", "on_hold", "queued"),
        Move("end", "on_hold", "completed"),
        Move("time_out", "on_hold", "timed_out"),
        Move("queue", "transferred", "queued"),
        Move("connect", "transferred", "connected"),
        Move("end", "transferred", "completed"),
        Move("time_out", "transferred", "timed_out"),
        Move("amend", "timed_out", "completed"),
        Move("amend_as_abandoned", "timed_out", "abandoned"),
        Move("amend_as_void", "timed_out", "voided"),
        Move("amend", "abandoned", "completed"),
        Move("amend_as_void", "abandoned", "voided"),
        Move("amend_as_abandoned", "completed", "abandoned"),
        Move("amend_as_void", "completed", "voided"),
        Move("amend", "voided", "completed"),
        Move("amend_as_abandoned", "voided", "abandoned"),
    ],
)

ENDED = frozenset({"completed", "abandoned", "voided"})
"""The source told us how it ended."""

OPEN = frozenset(LIFE.states) - ENDED - {"timed_out"}
"""Still going on, as far as we know."""
