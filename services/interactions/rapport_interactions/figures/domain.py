"""Counted contacts. Counting is one SQL statement of the store; what each figure of them means is declared in
`rapport_contracts.interactions.figures`.

A contact counts as *offered* when it was answered or abandoned. Phantoms, contacts that only a bot or menu served, those of
unknown outcome and those still open are left out, and counted as left out. Durations are seconds of the source; a negative
one is its fault, has a figure and a flag, and does not change whether the contact counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Denominator = Literal["offered", "answered"]


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums over the contacts of one group. Seconds are summed; `within` counts answers within the threshold."""

    contacts: int
    answered: int
    abandoned: int
    phantom: int
    self_served: int
    unknown: int
    still_open: int
    handled: int
    within: int
    wait_seconds: float
    service_seconds: float
    negative: int

    @property
    def offered(self) -> int:
        """Answered or abandoned."""
        return self.answered + self.abandoned

    @property
    def excluded(self) -> dict[str, int]:
        """Contacts that do not count as offered, by reason."""
        return {
            "phantom": self.phantom,
            "self_served": self.self_served,
            "unknown_outcome": self.unknown,
            "open": self.still_open,
        }
