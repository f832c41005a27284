"""The feed: what a service has just published, read from its own topics, for all who listen in this process.

One consumer reads for everybody, from the first listener until a while after the last; nobody listens, nothing is read. It
belongs to no group and commits nothing. What it read last is kept in memory, and it begins as far back: so whoever was away
for a moment goes on where they were, whichever process they come to, and nothing is read twice for anybody's sake. Whoever
was away for longer, or takes too long to take what they are sent, is told to load anew.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import UnknownTopicOrPartitionError
from rapport_kernel.errors import Unavailable

from rapport_chassis.bus import METADATA_AGE_MS, Bus
from rapport_chassis.closing import end_consumer, is_cancelling
from rapport_chassis.lifecycle import rest
from rapport_chassis.live.cursor import Closed, Cursor, Kept, Lost
from rapport_chassis.live.hearing import Notice
from rapport_chassis.metrics import Metrics
from rapport_chassis.observability import describe, get_logger
from rapport_chassis.watchdog import Watchdog

log = get_logger(__name__)
BATCH = 500
"""Events that are looked at in one go, by the reader and by each listener."""


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """`kept`: events that are kept in memory. Seconds: `linger` after the last listener, `start_within` to reach the broker,
    `look_every` between two looks whether the client still works, `stuck_after` without that it is replaced, `ahead` for
    which a position is waited for that nobody can know yet."""

    kept: int = 10_000
    linger: float = 60.0
    start_within: float = 30.0
    look_every: float = 10.0
    stuck_after: float = 15.0
    ahead: float = 5.0
    poll: float = 0.5
    longest_rest: float = 5.0


@dataclass(slots=True)
class _Log:
    """What is known of the topics: their partitions, the first offset of each that is kept, the next one to be read, and the
    one at which the feed tells what is new."""

    parts: list[TopicPartition]
    first: list[int]
    next: list[int]
    ends: list[int]

    @property
    def is_reached(self) -> bool:
        return all(offset >= end for offset, end in zip(self.next, self.ends, strict=True))


@dataclass
class Feed:
    """What a service publishes on these topics, as `notice` reads it."""

    bus: Bus
    topics: Sequence[str]
    notice: Callable[[ConsumerRecord], Notice | None]
    service: str
    metrics: Metrics
    options: FeedOptions = field(default_factory=FeedOptions)

    def __post_init__(self) -> None:
        """Connects to nothing."""
        self._kept: list[Kept] = []
        self._number = 0
        """Of the first that is kept."""
        self._epoch = 1
        """Changes when what is kept does not go on from what was kept before."""
        self._log: _Log | None = None
        self._news = asyncio.Event()
        self._closing = asyncio.Event()
        self._listeners = 0
        self._left_at = 0.0
        self._reader: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """While somebody listens. Raises Unavailable once the service stops."""
        if self._closing.is_set():
            raise Unavailable("stopping", retry_after=1)
        self._listeners += 1
        if self._reader is None or self._reader.done():
            # In a context of its own: it belongs to no request, not even to that of the first listener.
            self._reader = asyncio.create_task(self._run(), name=f"live {self.service}", context=Context())
            self._tasks.add(self._reader)
            self._reader.add_done_callback(self._tasks.discard)
        try:
            yield
        finally:
            self._listeners -= 1
            self._left_at = time.monotonic()

    async def read(self, cursor: Cursor, within: float) -> Sequence[Kept]:
        """What comes next for a listener, which takes each with `cursor.takes`; empty when nothing came in so many seconds,
        or the broker is away. Raises Lost, Closed."""
        try:
            async with asyncio.timeout(within if cursor.joined else min(within, self.options.ahead)):
                while True:
                    news = self._news
                    if found := self._next_for(cursor):
                        return found
                    await news.wait()
        except TimeoutError:
            return ()

    async def close(self) -> None:
        """End all listeners at once, then the consumer."""
        self._closing.set()
        self._tell()
        if self._tasks:
            await asyncio.wait(self._tasks)

    # -- for a listener

    def _next_for(self, cursor: Cursor) -> Sequence[Kept]:
        if self._closing.is_set():
            raise Closed
        if self._log is None or not self._log.is_reached or not self._joins(cursor, self._log):
            return ()
        if cursor.number < self._number:
            raise self._lost(cursor, self._log, "too-slow")
        begin = cursor.number - self._number
        found = self._kept[begin : begin + BATCH]
        if not found and cursor.offsets is not None:
            # All is heard: also what cannot be listened to, so that the position does not grow old.
            cursor.offsets = [max(pair) for pair in zip(cursor.offsets, self._log.next, strict=True)]
        return found

    def _joins(self, cursor: Cursor, log: _Log) -> bool:
        """Whether the listener has a place in the feed. False while its position lies ahead: another process may have read
        further. Raises Lost."""
        if cursor.epoch == self._epoch:
            return True
        if cursor.joined:
            raise self._lost(cursor, log, "log-changed")
        if cursor.offsets is None:
            raise self._lost(cursor, log, "start")
        if len(cursor.offsets) != len(log.parts):
            raise self._lost(cursor, log, "log-changed" if cursor.offsets else "unknown")
        if any(offset < first for offset, first in zip(cursor.offsets, log.first, strict=True)):
            raise self._lost(cursor, log, "too-far")
        if any(offset > after for offset, after in zip(cursor.offsets, log.next, strict=True)):
            cursor.waits_since = cursor.waits_since or time.monotonic()
            if time.monotonic() - cursor.waits_since > self.options.ahead:
                raise self._lost(cursor, log, "unknown")
            return False
        cursor.number, cursor.epoch = self._number, self._epoch
        return True

    def _lost(self, cursor: Cursor, log: _Log, reason: str) -> Lost:
        """Puts the listener at the end of the feed."""
        cursor.offsets, cursor.epoch = list(log.next), self._epoch
        cursor.number = self._number + len(self._kept)
        return Lost(reason)

    # -- the consumer

    async def _run(self) -> None:
        """Read until nobody listens. Whatever happens, it goes on: those who listen wait for it."""
        wait = 0.1
        while not self._is_over():
            began = time.monotonic()
            try:
                await self._follow()
            except BaseException as error:
                if is_cancelling(error) or isinstance(error, KeyboardInterrupt | SystemExit):
                    raise
                log.warning("live.waits", service=self.service, error=describe(error), rest=wait)
                if time.monotonic() - began > self.options.longest_rest:
                    wait = 0.1
                await rest(self._closing, wait)
                wait = min(wait * 2, self.options.longest_rest)

    def _is_over(self) -> bool:
        """Whether this reader is to end. It is nobody's then: whoever listens next gets another one."""
        if self._reader is not asyncio.current_task() or self._closing.is_set():
            return True
        if self._listeners or time.monotonic() - self._left_at < self.options.linger:
            return False
        self._reader = None
        self._forget()
        return True

    async def _follow(self) -> None:
        """Read with one client until it is over. Raises KafkaError, TimeoutError, StuckError."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bus.bootstrap,
            client_id=f"{self.bus.client}-live",
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",  # an offset that is gone is a gap that listeners are to know of
            metadata_max_age_ms=METADATA_AGE_MS,
            **self.bus.security,
        )
        watchdog = Watchdog(consumer, self.metrics, (self.service, "live"), stuck_after=self.options.stuck_after)
        try:
            async with asyncio.timeout(self.options.start_within):
                await consumer.start()
                known = await self._begin(consumer)
            looked_at = time.monotonic()
            while not self._is_over():
                polled = await consumer.getmany(timeout_ms=int(self.options.poll * 1000), max_records=BATCH)
                if polled:
                    watchdog.progress()
                    self._take(known, polled)
                if not known.is_reached:
                    known.next = [await consumer.position(part) for part in known.parts]
                    self._tell()
                if time.monotonic() - looked_at > self.options.look_every:
                    looked_at = time.monotonic()
                    await watchdog.look(busy=False)
                    if known.parts != _parts(consumer, self.topics):
                        return
        finally:
            watchdog.revoked()
            await end_consumer(consumer, within=5)

    async def _begin(self, consumer: AIOKafkaConsumer) -> _Log:
        """Go on where the client before ended, or begin anew when there was none or the log does not fit."""
        for topic in self.topics:
            await consumer._client.add_topic(topic)  # noqa: SLF001 - partitions of topics that are not subscribed to
        parts = _parts(consumer, self.topics)
        starts, ends = await consumer.beginning_offsets(parts), await consumer.end_offsets(parts)
        known = self._log
        if known is None or known.parts != parts or not _fits(known, starts, ends):
            if known is not None:
                log.warning("live.log-changed", service=self.service)
            self._forget()
            each = max(1, self.options.kept // len(parts))
            first = [max(starts[part], ends[part] - each) for part in parts]
            known = self._log = _Log(parts, first, list(first), [ends[part] for part in parts])
        consumer.assign(parts)
        for part, offset in zip(parts, known.next, strict=True):
            consumer.seek(part, offset)
        self._tell()
        return known

    def _take(self, known: _Log, polled: Mapping[TopicPartition, Sequence[ConsumerRecord]]) -> None:
        """Keep what was read, and let go of what was kept longest."""
        for part, records in polled.items():
            place = known.parts.index(part)
            for record in records:
                notice = self.notice(record)
                if notice is not None:
                    self._kept.append(Kept(place, record.offset, notice))
            known.next[place] = records[-1].offset + 1
        if len(self._kept) > self.options.kept * 5 // 4:
            dropped = len(self._kept) - self.options.kept
            for kept in self._kept[:dropped]:
                known.first[kept.place] = kept.offset + 1
            del self._kept[:dropped]
            self._number += dropped
        self._tell()

    def _forget(self) -> None:
        self._number += len(self._kept)
        self._kept, self._log = [], None
        self._epoch += 1

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


def _parts(consumer: AIOKafkaConsumer, topics: Sequence[str]) -> list[TopicPartition]:
    """All partitions of the topics. Raises UnknownTopicOrPartitionError when a topic is not there."""
    found: list[TopicPartition] = []
    for topic in topics:
        numbers = consumer.partitions_for_topic(topic)
        if not numbers:
            raise UnknownTopicOrPartitionError(topic)
        found += [TopicPartition(topic, number) for number in sorted(numbers)]
    return found


def _fits(known: _Log, starts: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]) -> bool:
    """Whether the log still holds what comes next."""
    return all(starts[part] <= offset <= ends[part] for part, offset in zip(known.parts, known.next, strict=True))
