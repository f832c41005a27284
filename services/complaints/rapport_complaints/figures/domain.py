"""How long a complaint took, in calendar time and in business time (S63): from its receipt to what happened first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rapport_contracts.complaints.vocabulary import ClockKind
from rapport_kernel.business_time import BusinessCalendar, Countdown

from rapport_complaints.clocks.domain.clocks import Clock

MEASURED = {"acknowledge": ClockKind.ACKNOWLEDGEMENT, "give-feedback": ClockKind.RESOLUTION, "close": ClockKind.RESOLUTION}
"""The moves at which a time is taken, the first of each, and the clock that says what business time is for it."""


@dataclass(frozen=True, slots=True)
class Measure:
    """The clocks of the first episode that one move is measured with: its calendar is that of the first of them, and what
    they paused does not count."""

    clocks: Sequence[Clock]

    @classmethod
    def of(cls, clocks: Sequence[Clock], move: str) -> Measure | None:
        """None when there is no such clock: nobody said which hours count."""
        first = [clock for clock in clocks if clock.episode == 1 and clock.kind == MEASURED[move]]
        return cls([clock for clock in first if clock.policy == first[0].policy]) if first else None

    @property
    def calendar(self) -> tuple[str, int]:
        """Code and version."""
        return self.clocks[0].calendar, self.clocks[0].calendar_version

    def business_seconds(self, calendar: BusinessCalendar, received_at: datetime, until: datetime) -> float:
        """Counted seconds from receipt on."""
        pauses = tuple(pause for clock in self.clocks for pause in clock.pauses)
        return Countdown(calendar, received_at, timedelta(), pauses).elapsed(until).total_seconds()
