"""Alarms: what operators have to act on, counted round after round into a metric."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from prometheus_client import CollectorRegistry, Gauge

from rapport_chassis.loops import Loop
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
        """The loop that counts; every replica does, since each exports its own gauge."""
        gauge = Gauge(self.metric, self.about, registry=registry)

        async def count(work: Work) -> int:
            gauge.set(await self.count(work))
            return 0  # never has more to do at once

        return Loop(self.name, count, every=self.every, alone=False)
