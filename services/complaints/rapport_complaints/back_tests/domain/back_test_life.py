"""The life of a back-test, as a table."""

from __future__ import annotations

from rapport_kernel.states import Move, StateTable

BACK_TEST_LIFE = StateTable("running", [Move("complete", "running", "completed"), Move("cancel", "running", "cancelled")])
