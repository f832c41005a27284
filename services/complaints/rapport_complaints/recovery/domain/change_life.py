"""The life of a change (S69: 解冻, 改变, 再冻结) as a table: published, drawn in the README, walked by a test."""

from __future__ import annotations

from rapport_kernel.states import Move, StateTable

UNDER_WAY = ("proposed", "unfrozen", "changing", "refrozen")
CHANGE_LIFE = StateTable(
    "proposed",
    [
        *[Move("link-complaint", state, state) for state in UNDER_WAY],
        *[Move("plan-step", state, state) for state in ("proposed", "unfrozen", "changing")],
        Move("unfreeze", "proposed", "unfrozen"),
        Move("start", "unfrozen", "changing"),  # guarded: a step is open
        Move("complete-step", "changing", "changing"),
        Move("refreeze", "changing", "refrozen"),  # guarded: every step is done
        Move("record-effect", "refrozen", "refrozen"),
        Move("unfreeze", "refrozen", "unfrozen"),  # once more, when it had no effect
        Move("close", "refrozen", "closed"),  # guarded: an effect was recorded since it was refrozen
        *[Move("abandon", state, "abandoned") for state in UNDER_WAY],
    ],
)
