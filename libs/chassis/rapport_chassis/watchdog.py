"""The watchdog of one consumer client: how far behind it is, and whether it is alive but stuck."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from rapport_chassis.metrics import Metrics, measured
from rapport_chassis.observability import get_logger

log = get_logger(__name__)

SILENCE = 15.0
"""Seconds without progress after which a consumer is not healthy."""


class StuckError(Exception):
    """Records wait and none is delivered: the client has to be replaced."""


class Watchdog:
    """Compares the client's positions with the ends of its partitions. `names` are service and consumer, for metrics."""

    def __init__(self, consumer: AIOKafkaConsumer, metrics: Metrics, names: tuple[str, str], *, stuck_after: float) -> None:
        """Of one client; a new client gets a new watchdog."""
        self._consumer = consumer
        self._metrics = metrics
        self._names = names
        self._stuck_after = stuck_after
        self._reached_at = time.monotonic()
        self._idle_since: float | None = None
        self._positions: dict[TopicPartition, int] = {}
        self._expected: dict[TopicPartition, int] = {}

    def progress(self) -> None:
        """A batch was applied."""
        self._idle_since = None

    async def read(self, place: TopicPartition, first: int, last: int) -> None:
        """These offsets were delivered. Alarm when records before them were dropped by the broker before they were read."""
        if place not in self._expected:
            self._expected[place] = await self._committed(place) or first
        missing = first - self._expected[place]
        if missing < 0:
            # Another log under the old name; what was read from the first one already, the inbox knows.
            self._metrics.consumer_faults.labels(*self._names, "replaced").inc()
            log.error("consumer.log-replaced", consumer=self._names[1], topic=place.topic, partition=place.partition)
        if missing > 0:
            self._metrics.consumer_faults.labels(*self._names, "gap").inc(missing)
            log.error("consumer.gap", consumer=self._names[1], topic=place.topic, partition=place.partition, missing=missing)
        self._expected[place] = last + 1

    async def _committed(self, place: TopicPartition) -> int | None:
        """Where the group was before this client; None for a new group, or when the broker does not tell."""
        try:
            offset: int | None = await asyncio.wait_for(self._consumer.committed(place), 5)
        except (KafkaError, TimeoutError):
            return None
        return offset

    def revoked(self) -> None:
        """All partitions went away, perhaps to another member: their lag is no longer ours to tell."""
        self._idle_since = None
        self._forget(self._positions)
        self._positions, self._expected = {}, {}

    def _forget(self, places: Collection[TopicPartition]) -> None:
        """Their lag is not ours to tell."""
        for place in places:
            self._metrics.lag.remove(*self._names, place.topic, place.partition)

    def trouble(self) -> str | None:
        """Why the client is no good at present, or None."""
        now = time.monotonic()
        since, why = self.doubt()
        return why if now - since > SILENCE else None

    def doubt(self) -> tuple[float, str]:
        """Since when (monotonic) nothing speaks for the client, and what may be wrong with it. A moment ago: it is well."""
        if self._idle_since is not None and self._idle_since < self._reached_at:
            return self._idle_since, "records wait and none is delivered"
        return self._reached_at, "the broker does not answer"

    async def look(self, *, busy: bool) -> None:
        """Measure the lag. `busy`: a batch is in hand, so that waiting is no fault. Raises StuckError."""
        places = self._consumer.assignment()
        try:
            ends = await asyncio.wait_for(self._consumer.end_offsets(list(places)), 5) if places else {}
            positions = {place: await asyncio.wait_for(self._consumer.position(place), 5) for place in ends}
        except (KafkaError, TimeoutError) as error:
            # Also when the partitions go away between the two questions.
            log.warning("watchdog.no-answer", consumer=self._names[1], error=type(error).__name__)
            if places == self._consumer.assignment():
                self._note_idle(busy=busy)
            return
        self._reached_at = time.monotonic()
        mine = self._consumer.assignment()  # some may have gone to another member between the questions
        positions = {place: position for place, position in positions.items() if place in mine}
        self._forget(self._positions.keys() - positions.keys())
        for place, position in positions.items():
            # A broker may tell an end before what was read from it already.
            lag = max(0, ends[place] - position)
            measured(self._metrics.lag.labels(*self._names, place.topic, place.partition), lag)
        stands = any(
            position < ends[place] and position == self._positions.get(place) for place, position in positions.items()
        )
        self._positions = positions
        if stands:
            self._note_idle(busy=busy)
        else:
            self._idle_since = None

    def _note_idle(self, *, busy: bool) -> None:
        now = time.monotonic()
        self._idle_since = None if busy else self._idle_since or now
        if self._idle_since is not None and now - self._idle_since > self._stuck_after:
            raise StuckError
