"""What the numbers mean. Counting is one SQL statement of the store; the definitions, the minimum and the words are here.

A contact counts as *offered* when it was answered or abandoned. Left out, and counted as left out: phantoms, contacts that
were served by a bot or menu alone, those of unknown outcome, and those still open. Durations are the source's own seconds;
a negative one is the source's fault, shown by its own figure and by the contact's flags, and does not change whether a
contact counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rapport_contracts.figures import Figure

DEFINITION_VERSION = 1
MINIMUM = 10
"""Rates and means over fewer contacts say "too few" (ours; a rate of 7 contacts moves by 14 points with one of them)."""

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
        """What does not count as offered, by reason."""
        reasons = {
            "phantom": self.phantom,
            "self_served": self.self_served,
            "unknown_outcome": self.unknown,
            "open": self.still_open,
        }
        return {reason: count for reason, count in reasons.items() if count}


def figures_of(tally: Tally, as_of: datetime, threshold: float, denominator: Denominator) -> Mapping[str, Figure]:
    """The figures of one group. `threshold` in seconds; `as_of` is when was counted (UTC).

    Sources: ASA, abandon rate and service level as contact centres count them, with the denominator named (S32, S97).
    """
    base = tally.offered if denominator == "offered" else tally.answered

    def count(value: int, n: int, definition: str) -> Figure:
        return Figure(
            value=value, n=n, unit="count", definition=definition, definition_version=DEFINITION_VERSION, as_of=as_of
        )

    def share(part: float, n: int, definition: str, unit: Literal["percent", "seconds"], **more: object) -> Figure:
        enough = n >= MINIMUM
        factor = 100 if unit == "percent" else 1
        return Figure(
            value=round(factor * part / n, 2) if enough else None,
            verdict="ok" if enough else "too few",
            n=n,
            unit=unit,
            definition=f"{definition}; at least {MINIMUM} contacts",
            definition_version=DEFINITION_VERSION,
            as_of=as_of,
            excluded=tally.excluded,
            threshold=threshold if more else None,
            denominator=denominator if more else None,
        )

    return {
        "offered": count(tally.offered, tally.contacts, "contacts that were answered or abandoned"),
        "answered": count(tally.answered, tally.contacts, "contacts with outcome answered"),
        "abandoned": count(tally.abandoned, tally.contacts, "contacts with outcome abandoned"),
        "phantom": count(tally.phantom, tally.contacts, "lines opened with nobody there; never offered"),
        "handled": count(tally.handled, tally.contacts, "contacts in which an agent (grouped by agent: this one) took part"),
        "negative_durations": count(
            tally.negative, tally.contacts, "contacts with a duration below zero at the source, kept and flagged"
        ),
        "average_speed_of_answer": share(
            tally.wait_seconds, tally.answered, "mean seconds in queues before the first answer, over answered", "seconds"
        ),
        "abandon_rate": share(tally.abandoned, tally.offered, "abandoned of offered", "percent"),
        "service_level": share(
            tally.within,
            base,
            f"answered with at most `threshold` seconds in queues, of {denominator}",
            "percent",
            named=True,
        ),
        "average_service_time": share(
            tally.service_seconds,
            tally.handled,
            "mean seconds in service with agents, over answered (grouped by agent: over handled, his own seconds)",
            "seconds",
        ),
    }
