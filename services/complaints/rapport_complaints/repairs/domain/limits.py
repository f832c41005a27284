"""The limits of a repair in business time (S133), the policy that sets them, and the register of vendors (S62, S106)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from pydantic import Field, model_validator
from rapport_contracts.fields import Code
from rapport_kernel.business_time import BusinessCalendar, Countdown, Pause

from rapport_complaints.clocks.domain.policies import Data, Target

RESPOND, COMPLETE = "respond", "complete"
"""Until it is accepted; until the work is done."""


class RepairRule(Data):
    """Limits for repairs of these categories; an empty list means all."""

    categories: list[Code] = Field(default_factory=list, max_length=200)
    respond: Target = Field(description="Until it is accepted.")
    complete: Target = Field(description="Until the work is done.")

    def matches(self, category: str) -> bool:
        """Whether the rule is for repairs of this category."""
        return not self.categories or category in self.categories


class RepairPolicy(Data):
    """How long repairs may take, in the time of a calendar. The first matching rule applies; the last one matches all, so
    that no repair is without limits. A figure about a vendor or category needs `minimum` repairs."""

    name: str = Field(min_length=1, max_length=200)
    calendar: Code
    rules: list[RepairRule] = Field(min_length=1, max_length=100)
    minimum: int = Field(default=10, ge=1, le=1_000_000)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.rules[-1].categories:
            raise ValueError("the last rule is for all categories")
        return self

    def rule_for(self, category: str) -> RepairRule:
        """The rule that applies to repairs of this category."""
        return next(rule for rule in self.rules if rule.matches(category))


class Vendor(Data):
    """A repair vendor (维修单位), known by an opaque code; for these categories, or for all when none is named."""

    categories: list[Code] = Field(default_factory=list, max_length=200)
    in_use: bool = True

    def repairs(self, category: str) -> bool:
        """Whether it can be assigned repairs of this category."""
        return self.in_use and (not self.categories or category in self.categories)


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit that runs from `started_at`. An edited calendar moves `due_at` while it runs; while the customer
    judges the work it stands still. Times in UTC."""

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
    def next_check_at(self) -> datetime | None:
        """The due time, unless it has ended or is breached."""
        return self.due_at if self.ended_at is None and self.breached_at is None else None

    def breaks(self, now: datetime) -> bool:
        """Whether it ran out before `now` and is not breached yet."""
        return self.next_check_at is not None and self.due_at < now

    def breached(self) -> Limit:
        """Breached, at its due time."""
        return replace(self, breached_at=self.due_at)

    def met(self, at: datetime) -> Limit:
        """Met at `at`; in time when that was not after its due time, whenever it was entered."""
        in_time = at <= self.due_at
        return replace(self, ended_at=at, in_time=in_time, breached_at=None if in_time else self.due_at)

    def rescheduled(self, calendar: BusinessCalendar) -> Limit:
        """Due by the calendar as it is now; a breach at the old due time no longer counts. A limit that has ended stays."""
        if self.ended_at is not None:
            return self
        due = _due(self.target, calendar, self.started_at, self.pauses)
        return self if due == self.due_at else replace(self, due_at=due, breached_at=None)

    def ended(self, at: datetime) -> Limit:
        """Ended without a verdict."""
        return self if self.ended_at is not None else replace(self, ended_at=at)

    def runs_on(self, at: datetime, calendar: BusinessCalendar) -> Limit:
        """The work was refused at `at`: the limit runs on, without the time since it was met."""
        pauses = (*self.pauses, Pause(self.ended_at or at, at, "judged-by-customer"))
        due = _due(self.target, calendar, self.started_at, pauses)
        return replace(self, ended_at=None, in_time=None, pauses=pauses, due_at=due)


def _due(target: Target, calendar: BusinessCalendar, start: datetime, pauses: tuple[Pause, ...]) -> datetime:
    counted_in, duration = target.on(calendar)
    return Countdown(counted_in, start, duration, pauses).due() or start
