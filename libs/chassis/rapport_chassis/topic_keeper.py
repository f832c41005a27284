"""Sees to it that the topics of a service are there: at the start, and for as long as it runs.

A broker can lose topics that it had: an empty disk, a new cluster, a deletion by mistake. They are made again within
`EVERY` seconds, or waited for where a service may not make topics. Nobody gives up a record for their sake.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection

from aiokafka.errors import KafkaError
from rapport_contracts.topics import Topic

from rapport_chassis.bus import Bus
from rapport_chassis.lifecycle import rest
from rapport_chassis.observability import describe, get_logger

log = get_logger(__name__)

EVERY = 15.0
"""Seconds between two looks at the broker when all is well."""
FIRST_RETRY, LONGEST_RETRY = 0.1, 5.0
WITHIN = 20.0
SILENCE = 15.0
"""Seconds without an answer after which the broker counts as away."""


class TopicKeeper:
    """Keeps `wanted` topics. `create`: make those that are missing; without it they are waited for."""

    def __init__(
        self,
        bus: Bus,
        wanted: Collection[Topic],
        *,
        create: bool,
        every: float = EVERY,
        tell: Callable[[str, int], None] = lambda *_: None,
    ) -> None:
        """All topics count as missing until the broker has been asked once. `tell` hears at each look how many partitions
        each topic has."""
        self._bus = bus
        self._wanted = {topic.name: topic for topic in wanted}
        self._create = create
        self._every = every
        self._tell = tell
        self._well_at = time.monotonic()
        self.why = "the broker has not answered yet"
        self._partitions: dict[str, int] = {}
        self.missing: frozenset[str] = frozenset(self._wanted)

    async def run(self, stop: asyncio.Event) -> None:
        """Look, and make what is missing, until `stop`. A broker that is away is waited for."""
        wait = FIRST_RETRY
        while not stop.is_set():
            try:
                await asyncio.wait_for(self._look(), WITHIN)
            except (KafkaError, OSError, TimeoutError) as error:
                self.why = f"the broker does not answer ({describe(error)})"
                log.warning("topics.no-answer", error=describe(error))
            else:
                self._well_at = time.monotonic()
            well = not self.missing and time.monotonic() - self._well_at < SILENCE
            wait = FIRST_RETRY if well else min(wait * 2, LONGEST_RETRY)
            await rest(stop, self._every if well else wait)

    def waits_for(self, topics: Collection[str]) -> str | None:
        """Why something that needs these topics has to wait, or None."""
        missing = self.missing & set(topics)
        return f"{self.why}: {', '.join(sorted(missing))}" if missing else None

    def trouble(self) -> str | None:
        """Why the topics cannot be seen, or which are not there; None when all is well."""
        silent = time.monotonic() - self._well_at > SILENCE
        return self.waits_for(self._wanted) or (self.why if silent else None)

    async def _look(self) -> None:
        there = await self._bus.topics()
        self._compare(there)
        missing = frozenset(self._wanted.keys() - there.keys())
        if lost := missing & self._partitions.keys():
            log.error("topics.lost", topics=sorted(lost))
        if missing and self._create:
            missing = await self._make(missing)
        elif missing:
            self.why = "missing topics"
            log.error("topics.missing", topics=sorted(missing))
        self._partitions = {name: there.get(name, self._wanted[name].partitions) for name in self._wanted.keys() - missing}
        self.missing = missing
        for name, partitions in self._partitions.items():
            self._tell(name, partitions)

    async def _make(self, missing: frozenset[str]) -> frozenset[str]:
        """Those that could not be made."""
        try:
            created = await self._bus.ensure_topics([self._wanted[name] for name in missing])
        except KafkaError as error:
            self.why = f"missing topics cannot be made ({describe(error)})"
            log.warning("topics.not-made", error=describe(error), topics=sorted(missing))
            return missing
        log.info("topics.created", topics=created)
        return frozenset()

    def _compare(self, there: dict[str, int]) -> None:
        """More partitions would send keys elsewhere and break their order: for an operator to decide."""
        for name, topic in self._wanted.items():
            partitions = there.get(name, topic.partitions)
            if partitions not in (topic.partitions, self._partitions.get(name)):
                log.warning("topics.partitions-differ", topic=name, there=partitions, wanted=topic.partitions)
