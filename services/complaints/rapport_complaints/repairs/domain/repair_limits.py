"""The two limits of a repair, in business time: until it is accepted, until the work is done (S133)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from rapport_kernel.business_time import BusinessCalendar, Countdown, Pause

from rapport_complaints.clocks.domain.policies import Target

RESPOND, COMPLETE = "respond", "complete"


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit that runs from `started_at`. An edited calendar reckons `due_at` anew while it runs; while the customer judges
    it stands still. Times in UTC."""

    kind: str
    target: Target
    started_at: datetime
    due_at: datetime
    breached_at: datetime | None = None
    ended_at: datetime | None = None
    in_time: bool | None = None
    pauses: tuple[Pause, ...] = ()

    @classmethod
    def start(cls, kind: str, target: Target, calendar: BusinessCalendar, at: datetime) -> Limit:
        """A limit that runs from `at`."""
        return cls(kind, target, at, _due(target, calendar, at, ()))

    @property
    def next_look(self) -> datetime | None:
        """When something will have to be said about it, if nothing else happens."""
        return self.due_at if self.ended_at is None and self.breached_at is None else None

    def breaks(self, now: datetime) -> bool:
        """Whether it ran out before `now`, and nobody has said so yet."""
        return self.next_look is not None and self.due_at < now

    def breached(self) -> Limit:
        """It ran out, at its due time."""
        return replace(self, breached_at=self.due_at)

    def met(self, at: datetime) -> Limit:
        """What it waited for happened at `at`; in time when that was not after its due time, whenever it was entered."""
        in_time = at <= self.due_at
        return replace(self, ended_at=at, in_time=in_time, breached_at=None if in_time else self.due_at)

    def anew(self, calendar: BusinessCalendar) -> Limit:
        """Reckoned with the calendar as it is now; a breach at the old due time no longer counts. What has ended stays."""
        if self.ended_at is not None:
            return self
        due = _due(self.target, calendar, self.started_at, self.pauses)
        return self if due == self.due_at else replace(self, due_at=due, breached_at=None)

    def ended(self, at: datetime) -> Limit:
        """Nothing is waited for any more."""
        return self if self.ended_at is not None else replace(self, ended_at=at)

    def runs_on(self, at: datetime, calendar: BusinessCalendar) -> Limit:
        """What it waited for was refused at `at`: it runs on, and the time since it was met is not counted."""
        pauses = (*self.pauses, Pause(self.ended_at or at, at, "judged-by-customer"))
        due = _due(self.target, calendar, self.started_at, pauses)
        return replace(self, ended_at=None, in_time=None, pauses=pauses, due_at=due)


def _due(target: Target, calendar: BusinessCalendar, start: datetime, pauses: tuple[Pause, ...]) -> datetime:
    counted_in, duration = target.on(calendar)
    return Countdown(counted_in, start, duration, pauses).due() or start
