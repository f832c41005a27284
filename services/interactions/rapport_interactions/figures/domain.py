"""The definitions of the figures. Counting is one SQL statement of the store; definitions, minimum and texts are here.

A contact counts as *offered* when it was answered or abandoned. Phantoms, contacts that only a bot or menu served, those of
unknown outcome and those still open are left out, and counted as left out. Durations are seconds of the source; a negative
one is its fault, has a figure and a flag, and does not change whether the contact counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rapport_contracts.figures import Figure

DEFINITION_VERSION = 1
MINIMUM = 10
"""Rates and means over fewer contacts are "too few" (our choice; one of 7 contacts moves a rate by 14 points)."""

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
        reasons = {
            "phantom": self.phantom,
            "self_served": self.self_served,
            "unknown_outcome": self.unknown,
            "open": self.still_open,
        }
        return {reason: count for reason, count in reasons.items() if count}


def figures_of(tally: Tally, as_of: datetime, threshold: float, denominator: Denominator) -> Mapping[str, Figure]:
    """The figures of one group. `threshold` in seconds; `as_of` is the time of the count (UTC).

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
            "mean seconds in service with agents, over answered (grouped by agent: over handled, their own seconds)",
            "seconds",
        ),
    }
