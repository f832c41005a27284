"""The lives of an incident and of a drill (S109-S112), as tables: published, drawn in the documents, walked by a test."""

from __future__ import annotations

from rapport_kernel.states import Move, StateTable

UNDER_WAY = ("declared", "plan_activated", "contained")
"""Declared and not restored: updates are due, complaints are linked, surveys may be held."""
WITH_PLAN = ("plan_activated", "contained", "service_restored", "reviewed")

INCIDENT_LIFE = StateTable(
    "reported",
    [
        Move("classify", "reported", "classified"),
        Move("classify", "classified", "classified"),
        Move("dismiss", "reported", "dismissed"),
        Move("dismiss", "classified", "dismissed"),
        Move("declare", "classified", "declared"),
        *[Move("change-level", state, state) for state in UNDER_WAY],
        *[Move("update", state, state) for state in UNDER_WAY],
        Move("activate-plan", "declared", "plan_activated"),
        *[Move("complete-step", state, state) for state in WITH_PLAN],
        Move("contain", "plan_activated", "contained"),
        Move("restore", "contained", "service_restored"),
        Move("review", "service_restored", "reviewed"),
        Move("close", "reviewed", "closed"),  # guarded: the checklist is complete
    ],
)

DRILL_LIFE = StateTable(
    "planned",
    [
        Move("hold", "planned", "held"),
        Move("cancel", "planned", "cancelled"),
        Move("record-gaps", "held", "gaps_recorded"),
        Move("record-gaps", "gaps_recorded", "gaps_recorded"),
        Move("close-gap", "gaps_recorded", "gaps_recorded"),
        Move("close", "gaps_recorded", "closed"),  # guarded: no gap is open
    ],
)
