"""The life of a repair (S62, S133) as a table: published, drawn in the README, walked by a test."""

from __future__ import annotations

from rapport_kernel.states import Move, StateTable

IN_HAND = ("accepted", "scheduled", "in_progress", "rework")
REPAIR_LIFE = StateTable(
    "requested",
    [
        Move("accept", "requested", "accepted"),
        *[Move("assign-vendor", state, state) for state in ("accepted", "scheduled", "rework")],
        Move("schedule", "accepted", "scheduled"),  # guarded: a vendor has it
        Move("schedule", "scheduled", "scheduled"),
        Move("schedule", "rework", "scheduled"),
        Move("start", "scheduled", "in_progress"),
        Move("record-visit", "in_progress", "in_progress"),
        Move("complete", "in_progress", "done"),
        Move("accept-result", "done", "accepted_by_customer"),
        Move("refuse-result", "done", "rework"),
        *[Move("cancel", state, "cancelled") for state in ("requested", *IN_HAND)],
    ],
)
