"""What a subject tells operators: alarms, counted round after round into a gauge; tallies, added up as things happen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge

from rapport_chassis.loops import Loop
from rapport_chassis.metrics import FRESH, measured
from rapport_chassis.work import Work


@dataclass(frozen=True, slots=True)
class Alarm:
    """`metric` is the gauge's name (`rapport_complaints_unassigned`), `about` its help text; `count` says how many there are
    now. The loop that counts is called `name`."""

    name: str
    metric: str
    about: str
    count: Callable[[Any], Awaitable[int]]
    every: timedelta

    def loop(self, registry: CollectorRegistry) -> Loop:
        """The loop that counts; every replica does, since each exports its own gauge. Who runs no loop exports none, and one
        that was not counted for two rounds tells nothing any more."""
        gauge = Gauge(self.metric, self.about, ["service"], registry=registry)
        fresh = FRESH + 2 * self.every.total_seconds()

        async def count(work: Work) -> int:
            measured(gauge.labels(work.source), await self.count(work), fresh)
            return 0  # never has more to do at once

        return Loop(self.name, count, every=self.every, alone=False)


@dataclass(frozen=True, slots=True)
class Tally:
    """A counter. `metric` is its name without `_total`, `about` its help text; `label` tells its series apart, `values` are
    all that there are. Add to it with `work.count(tally, value, number)`."""

    metric: str
    about: str
    label: str
    values: tuple[str, ...]

    def counter(self, registry: CollectorRegistry, service: str) -> Counter:
        """The counter of one service with all its series, at 0."""
        made = Counter(self.metric, self.about, ["service", self.label], registry=registry)
        for value in self.values:
            made.labels(service, value)
        return made
