"""What clocks are reckoned with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapport_kernel.business_time import BusinessCalendar
from rapport_kernel.versions import Version

from rapport_complaints.clocks.domain.policies import CalendarData, Rule, SlaPolicy, calendar_of

if TYPE_CHECKING:
    from rapport_complaints.clocks.domain.clocks import Clock


@dataclass(frozen=True, slots=True)
class Basis:
    """What a clock is reckoned with: the policy version pinned at its start, its rule, and the calendar. `beside` are
    those of the other tracks that the complaint runs under at the same time."""

    policy: Version[SlaPolicy]
    rule: Rule
    calendars: Sequence[Version[CalendarData]]
    beside: Sequence[Basis] = ()

    @property
    def all(self) -> tuple[Basis, ...]:
        """This one and those beside it."""
        return (self, *self.beside)

    def of(self, clock: Clock) -> Basis | None:
        """Of all of them the one that this clock runs under; None when that policy says nothing about the complaint now."""
        pinned = (clock.policy, clock.policy_version)
        return next((each for each in self.all if (each.policy.code, each.policy.version) == pinned), None)

    @property
    def calendar(self) -> BusinessCalendar:
        """The calendar as it is known now."""
        return calendar_of(self.calendars)

    @property
    def calendar_version(self) -> int:
        """Its newest version."""
        return max(each.version for each in self.calendars)
