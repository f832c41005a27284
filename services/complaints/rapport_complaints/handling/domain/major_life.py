"""The life of a major case (S60), as a table."""

from __future__ import annotations

from rapport_kernel.states import Move, StateTable

MAJOR_LIFE = StateTable(
    "declared",
    [
        Move("complete-step", "declared", "declared"),
        Move("lower", "declared", "lowered"),  # guarded: by somebody else than who declared it
        Move("close", "declared", "closed"),  # guarded: when the complaint is closed, the checklist is complete
    ],
)
