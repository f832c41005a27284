"""Days of a contact centre, invented from a seed: customers, calls with every step, and the dirt that real ones have.

Arrivals follow a morning and an afternoon peak; waiting grows with the load; a share of callers hangs up in the queue,
is transferred, withholds the number. Events come as call-centre systems send them: some late, some twice, most of them
out of order by a few seconds, a few broken, some without an end. All names and numbers are invented (numbers of the
series 1391001xxxx).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

QUEUES = ("cards", "loans", "app-help", "deliveries")
AGENTS = tuple(f"agent-{number:03d}" for number in range(1, 25))
BREAKABLE = {"held", "resumed", "wrapped_up"}
"""Steps without which a call is still understood."""
LOAD = (1, 1, 2, 5, 9, 11, 8, 6, 8, 9, 7, 4)
"""Calls of each hour of the day's twelve, in parts."""
OPEN = timedelta(hours=len(LOAD))
ABANDONED, TRANSFERRED, ANONYMOUS, HELD = 0.11, 0.08, 0.15, 0.12
TWICE, LATE, ENDLESS, BROKEN = 0.03, 0.04, 0.01, 0.001
EARLIER = 0.2
"""Calls of a day before the last one, as a share of its calls."""
JITTER = 4.0
"""Seconds within which events overtake each other on their way."""


@dataclass(frozen=True, slots=True)
class Days:
    """What was invented. `begin`: of the first day; `end`: of the last. `events` are in the order in which they are pushed;
    `mended` has the broken ones as they should have come, by event id; `identified` are the calls whose caller has a
    number."""

    source: str
    begin: datetime
    end: datetime
    events: list[dict[str, Any]]
    mended: dict[str, dict[str, Any]]
    identified: set[str]


@dataclass
class _Inventor:
    """Makes one call after the other."""

    dice: random.Random
    callers: list[str]
    prefix: str = ""
    pushed: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)
    mended: dict[str, dict[str, Any]] = field(default_factory=dict)
    identified: set[str] = field(default_factory=set)

    def call(self, number: int, began: datetime, load: float) -> None:
        """All events of one call, each with the time at which it is pushed."""
        call_id = f"{self.prefix}-{number:05d}"
        queue = self.dice.choice(QUEUES)
        details: dict[str, Any] = {"contact_type": queue, "touchpoint": "hotline"}
        if self.dice.random() >= ANONYMOUS:
            details["identifiers"] = [{"kind": "phone", "value": self.dice.choice(self.callers)}]
            self.identified.add(call_id)
        else:
            details["identifiers"] = [{"kind": "phone", "value": "anonymous"}]
        self.step(call_id, "started", began, direction="inbound", **details)
        queued = began + timedelta(seconds=self.dice.uniform(5, 25))
        self.step(call_id, "queued", queued, queue=queue)
        wait = timedelta(seconds=self.dice.expovariate(1 / (8 + 9 * load)))
        if self.dice.random() < ABANDONED:
            self.step(call_id, "ended", queued + wait + timedelta(seconds=self.dice.uniform(2, 40)), outcome="abandoned")
            return
        self.talk(call_id, queue, queued + wait)

    def talk(self, call_id: str, queue: str, answered: datetime) -> None:
        """From the answer to the end of the after-contact work."""
        agent = self.dice.choice(AGENTS)
        self.step(call_id, "connected", answered, agent=agent, queue=queue)
        now = answered + timedelta(seconds=self.dice.lognormvariate(4.6, 0.7))
        if self.dice.random() < HELD:
            self.step(call_id, "held", now, agent=agent)
            now += timedelta(seconds=self.dice.uniform(10, 90))
            self.step(call_id, "resumed", now, agent=agent)
            now += timedelta(seconds=self.dice.uniform(20, 90))
        if self.dice.random() < TRANSFERRED:
            other = self.dice.choice([a for a in AGENTS if a != agent])
            self.step(call_id, "transferred", now, agent=agent, to_agent=other)
            now += timedelta(seconds=self.dice.uniform(3, 20))
            self.step(call_id, "connected", now, agent=other, queue=queue)
            agent, now = other, now + timedelta(seconds=self.dice.lognormvariate(4.4, 0.6))
        if self.dice.random() < ENDLESS:
            return
        self.step(call_id, "ended", now, outcome="answered", agent=agent)
        self.step(call_id, "wrapped_up", now + timedelta(seconds=self.dice.uniform(5, 60)), agent=agent)

    def step(self, call_id: str, kind: str, at: datetime, **details: Any) -> None:
        """One event, pushed at once or late, once or twice, whole or broken."""
        event = {"event_id": f"{call_id}-{len(self.pushed):06d}", "call_id": call_id, "type": kind, "occurred_at": _text(at)}
        event |= details
        delay = timedelta(seconds=self.dice.uniform(0, JITTER))
        if self.dice.random() < LATE:
            delay += timedelta(minutes=self.dice.uniform(1, 30))
        self.pushed.append((at + delay, event))
        if self.dice.random() < TWICE:
            self.pushed.append((at + delay + timedelta(seconds=1), event))

    def break_some(self) -> None:
        """A few steps of the talk, at least one, come with a time that nobody can read."""
        whole = {event["event_id"]: event for _, event in self.pushed if event["type"] in BREAKABLE}
        chosen = self.dice.sample(list(whole), min(len(whole), max(1, round(len(self.pushed) * BROKEN))))
        self.mended = {event_id: whole[event_id] for event_id in chosen}
        self.pushed = [
            (at, {**event, "occurred_at": "yesterday"} if event["event_id"] in self.mended else event)
            for at, event in self.pushed
        ]


def invent(calls: int, *, days: int, end: datetime, seed: int, source: str) -> Days:
    """Days of twelve hours, the last of `calls` calls with its end at `end` (UTC), those before with fewer, each a day
    earlier; the same people call. The same seed and end invent the same days."""
    dice = random.Random(seed)  # noqa: S311 - a demonstration has to be repeatable, not unpredictable
    inventor = _Inventor(dice, [f"1391001{dice.randrange(10_000):04d}" for _ in range(max(1, calls // 3))])
    for back in reversed(range(days)):
        closes = end - timedelta(days=back)
        inventor.prefix = f"{source}-{closes:%Y%m%d%H%M%S}"
        of_day = max(1, round(calls * EARLIER)) if back else calls
        for number, (began, load) in enumerate(_arrivals(dice, of_day, closes - OPEN)):
            inventor.call(number, began, load)
    inventor.pushed = [(at, event) for at, event in inventor.pushed if at <= end]
    inventor.break_some()
    pushed = sorted(inventor.pushed, key=lambda entry: entry[0])
    started = {event["call_id"] for _, event in pushed if event["type"] == "started"}
    begin = end - timedelta(days=days - 1) - OPEN
    return Days(source, begin, end, [event for _, event in pushed], inventor.mended, inventor.identified & started)


def _arrivals(dice: random.Random, calls: int, start: datetime) -> Iterator[tuple[datetime, float]]:
    """When each call begins, and how busy it is then (1 at the peak)."""
    hours = sorted(dice.choices(range(len(LOAD)), weights=LOAD, k=calls))
    for hour in hours:
        moment = start + timedelta(hours=hour, seconds=dice.uniform(0, 3300))
        yield moment, LOAD[hour] / max(LOAD)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
