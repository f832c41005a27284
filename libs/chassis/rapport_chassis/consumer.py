"""The consumer runner: reads one consumer group's topics, applies batches, commits offsets after the database.

The order of things: poll, apply in one transaction (`applying.py`), then commit the offsets of what was applied. A crash
in between reads records again; the inbox knows them. A passing failure holds the batch in memory with the partitions
paused while polling goes on, so that the group keeps its member and a rebalance is noticed. Any trouble of the client
that is not known to heal by itself ends in a new client; the watchdog finds one that is alive but stuck.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from rapport_chassis.applying import Applier, Opened, Outcome
from rapport_chassis.bus import Bus
from rapport_chassis.closing import end_consumer, is_cancelling, quietly
from rapport_chassis.database import is_transient
from rapport_chassis.lifecycle import rest
from rapport_chassis.listens import Subscription
from rapport_chassis.metrics import Metrics
from rapport_chassis.observability import describe, get_logger, places
from rapport_chassis.topic_keeper import TopicKeeper
from rapport_chassis.watchdog import SILENCE, Watchdog
from rapport_chassis.work import Work, WorkFactory

log = get_logger(__name__)
W = TypeVar("W", bound=Work)


@dataclass(frozen=True, slots=True)
class RunnerOptions:
    """Times in seconds. `poll`: how long a batch in hand waits for the next one, `rest`: how long a poll takes when there is
    none; `finish_within`: how long a batch in hand holds up a stop; `stuck_after`: records wait and none is delivered for so
    long, then the client is thrown away."""

    batch: int = 500
    poll: float = 0.2
    rest: float = 2.0
    commit_every: float = 0.2
    commit_within: float = 5.0
    finish_within: float = 10.0
    hold_least: float = 0.1
    hold_most: float = 5.0
    watch_every: float = 4.0
    stuck_after: float = 60.0
    maintain_every: float = 3600.0


@dataclass(frozen=True, slots=True)
class _Read:
    """What one poll brought. Once the runner's generation is another, its partitions went away and it is given up."""

    opened: Opened
    generation: int


@dataclass(frozen=True, slots=True)
class _Hand:
    """The batch in hand; `applying` says whether the first attempt did it."""

    read: _Read
    applying: asyncio.Future[bool]


class Runner(Generic[W]):
    """Runs one subscription until stopped. `totals` counts (topic, outcome) of this process, `clients` the clients used."""

    def __init__(
        self,
        bus: Bus,
        works: WorkFactory[W],
        subscription: Subscription,
        *,
        metrics: Metrics,
        topics: TopicKeeper | None = None,
        options: RunnerOptions | None = None,
    ) -> None:
        """`works` is the service's; its `source` names the service in the metrics. `topics` says which are not there yet."""
        self._bus = bus
        self._works = works
        self._subscription = subscription
        self._metrics = metrics
        self._topics = topics
        self._options = options or RunnerOptions()
        self._names = works.source, subscription.name
        self._applier = Applier(works, subscription)
        self._applying = asyncio.Lock()
        metrics.begin_consumer(*self._names, subscription.topics)
        self._generation = 0
        self._uncommitted: dict[TopicPartition, int] = {}
        self._committed_at = 0.0
        self._maintain_at = 0.0
        self._resting = False
        self._held_since: float | None = None
        self._held_by = ""
        self._fault: tuple[float, str] | None = (time.monotonic(), "starting")
        self._watchdog: Watchdog | None = None
        self.totals: Outcome = Counter()
        self.clients = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop`; the batch in hand is finished and its offsets committed, unless that takes longer than
        `finish_within`: then whoever has its partitions next applies it. Never gives up."""
        pause = 0.2
        while not stop.is_set():
            began = time.monotonic()
            try:
                if await self._topics_there(stop):
                    await self._one_client(stop)
            except BaseException as error:
                # Whatever breaks a client, the next one starts clean; also a CancelledError that a client lets escape.
                if is_cancelling(error) or not isinstance(error, Exception | asyncio.CancelledError):
                    raise
                self._note("client", error)
                pause = 0.2 if time.monotonic() - began > SILENCE else min(pause * 2, 10.0)
                await rest(stop, pause)

    async def _topics_there(self, stop: asyncio.Event) -> bool:
        """Wait for the topics: a client that asks too early would not look again for a while. False when stopped."""
        waits: str | None = None
        while self._topics is not None and not stop.is_set():
            if (why := self._topics.waits_for(self._subscription.topics)) is None:
                break
            if why != waits:
                log.warning("consumer.waits", consumer=self._subscription.name, why=why)
            waits = why
            self._fault = (self._fault[0] if self._fault else time.monotonic()), why
            await rest(stop, 0.25)
        return not stop.is_set()

    def trouble(self) -> str | None:
        """Why there has been no progress for 15 s though there is something to do, or None."""
        now = time.monotonic()
        if self._held_since is not None and now - self._held_since > SILENCE:
            return f"held: {self._held_by}"
        if self._fault is not None and now - self._fault[0] > SILENCE:
            return self._fault[1]
        return self._watchdog.trouble() if self._watchdog else None

    async def _one_client(self, stop: asyncio.Event) -> None:
        """Consume with one client until `stop`, or until it fails."""
        self._uncommitted.clear()
        topics, name = self._subscription.topics, self._subscription.name
        listener = _Rebalance(self)
        consumer = await self._bus.consumer(name, topics, listener=listener, batch=self._options.batch)
        listener.consumer = consumer
        self.clients += 1
        self._fault = None
        self._watchdog = watchdog = Watchdog(consumer, self._metrics, self._names, stuck_after=self._options.stuck_after)
        polling = asyncio.ensure_future(self._poll(consumer, watchdog, stop))
        watching = asyncio.ensure_future(self._watch(watchdog))
        stopping = asyncio.ensure_future(stop.wait())
        tasks = (watching, polling, stopping)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if stopping.done() and not self._resting:
                within = self._options.finish_within
                done, _ = await asyncio.wait([watching, polling], timeout=within, return_when=asyncio.FIRST_COMPLETED)
                if not done:
                    log.warning("consumer.unfinished", consumer=name, seconds=within)
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await quietly(self._commit(consumer), within=self._options.commit_within)
            await end_consumer(consumer, within=10)
            self._let_go(watchdog)

    def _let_go(self, watchdog: Watchdog) -> None:
        """The client is no more: its lag is nobody's, and what was wrong with it lasts until the next one is there."""
        self._watchdog, self._fault = None, self._fault or watchdog.doubt()
        watchdog.revoked()

    async def _poll(self, consumer: AIOKafkaConsumer, watchdog: Watchdog, stop: asyncio.Event) -> None:
        """The next batch is read while the database is at the one before; they are applied strictly one after the other."""
        hand: _Hand | None = None
        try:
            while not stop.is_set():
                await self._maintain()
                self._resting = hand is None
                read = await self._read(consumer, watchdog, self._options.rest if self._resting else self._options.poll)
                self._resting = False
                if hand is not None:
                    await self._settle(consumer, hand, stop)
                    hand = None
                if read is None:
                    continue
                if read.opened.records:
                    hand = _Hand(read, asyncio.ensure_future(self._try(read)))
                self._fault = None
                if not read.opened.records or time.monotonic() - self._committed_at > self._options.commit_every:
                    await self._commit(consumer)
            if hand is not None:
                await self._settle(consumer, hand, stop)
        finally:
            if hand is not None:
                hand.applying.cancel()
                await asyncio.gather(hand.applying, return_exceptions=True)

    async def _read(self, consumer: AIOKafkaConsumer, watchdog: Watchdog, within: float) -> _Read | None:
        """What the client has, or gets `within` seconds; None after a failure that may pass."""
        options = self._options
        try:
            polled = await consumer.getmany(timeout_ms=int(within * 1000), max_records=options.batch)
        except KafkaError as error:
            if not error.retriable or self._lasts(options.stuck_after):
                raise
            self._note("poll", error)
            await asyncio.sleep(options.hold_least)
            return None
        generation = self._generation
        for place, batch in polled.items():
            await watchdog.read(place, batch[0].offset, batch[-1].offset)
        return _Read(await self._applier.open([record for batch in polled.values() for record in batch]), generation)

    async def _settle(self, consumer: AIOKafkaConsumer, hand: _Hand, stop: asyncio.Event) -> None:
        """Wait until the batch is applied, however long passing failures take, or given up."""
        pause = self._options.hold_least
        try:
            done = await hand.applying
            while not done and not stop.is_set():
                consumer.pause(*consumer.assignment())
                polled = await consumer.getmany(timeout_ms=int(pause * 1000))
                for place, batch in polled.items():  # of a partition that came to us meanwhile and is not paused
                    consumer.seek(place, batch[0].offset)
                pause = min(pause * 2, self._options.hold_most)
                done = await self._try(hand.read)
        finally:
            if self._held_since is not None:
                self._held_since = None
                self._metrics.held_seconds.labels(*self._names).set(0)
                consumer.resume(*consumer.paused())

    async def _try(self, read: _Read) -> bool:
        """Apply the batch once; False when it has to be held. A batch is given up when its partitions went away."""
        async with self._applying:
            if read.generation != self._generation:
                return True
            began = time.monotonic()
            try:
                outcome = await self._applier.apply(read.opened)
            except Exception as error:
                if not is_transient(error):
                    raise
                self._held_since, self._held_by = self._held_since or began, describe(error)
                self._metrics.held_seconds.labels(*self._names).set(time.monotonic() - self._held_since)
                self._metrics.consumer_faults.labels(*self._names, "held").inc()
                log.warning("consumer.held", consumer=self._subscription.name, error=describe(error))
                return False
            self._book(read.opened.records, outcome, time.monotonic() - began)
            return True

    def _book(self, records: Sequence[ConsumerRecord], outcome: Outcome, seconds: float) -> None:
        """After the commit in the database: offsets, totals, metrics."""
        last = {(record.topic, record.partition): record.offset + 1 for record in records}
        self._uncommitted.update({TopicPartition(*place): offset for place, offset in last.items()})
        if self._watchdog is not None:
            self._watchdog.progress()
        self._metrics.batch_seconds.labels(*self._names).observe(seconds)
        for topic, count in Counter(record.topic for record in records).items():
            self.totals[topic, "consumed"] += count
            self._metrics.consumed.labels(*self._names, topic).inc(count)
        self.totals += outcome
        for (topic, what), count in outcome.items():
            self._metrics.settled.labels(*self._names, topic, what).inc(count)

    async def _commit(self, consumer: AIOKafkaConsumer) -> None:
        """Commit the offsets of what was applied, of partitions that are still ours.

        A failure costs a second reading at most, and the next commit of the partition makes it good.
        """
        mine = consumer.assignment()
        offsets = {place: offset for place, offset in self._uncommitted.items() if place in mine}
        self._uncommitted.clear()
        self._committed_at = time.monotonic()
        if not offsets:
            return
        generation = self._generation
        try:
            # The client itself would try for ever, while nothing is read and no rebalance ends.
            await asyncio.wait_for(consumer.commit(offsets), self._options.commit_within)
        except (KafkaError, TimeoutError) as error:
            self._metrics.consumer_faults.labels(*self._names, "commit").inc()
            tell = log.debug if isinstance(error, TimeoutError) else log.warning  # that the broker is away is said already
            tell("consumer.commit-failed", consumer=self._subscription.name, error=describe(error))
            if generation == self._generation and (isinstance(error, TimeoutError) or error.retriable):
                self._uncommitted = {**offsets, **self._uncommitted}

    async def revoked(self, consumer: AIOKafkaConsumer | None) -> None:
        """Before a rebalance: the transaction in hand ends, its offsets are committed, what is held is given up."""
        async with self._applying:
            self._generation += 1
            if consumer is not None:
                await self._commit(consumer)
            self._uncommitted.clear()
            if self._watchdog is not None:
                self._watchdog.revoked()

    async def _watch(self, watchdog: Watchdog) -> None:
        while True:
            await asyncio.sleep(self._options.watch_every)
            busy = self._applying.locked() or self._held_since is not None
            await watchdog.look(busy=busy)

    async def _maintain(self) -> None:
        """Make and drop days of the inbox. When the database is away, batches are held by it anyway."""
        if time.monotonic() < self._maintain_at or self._subscription.raw is not None:
            return
        self._maintain_at = time.monotonic() + self._options.maintain_every
        try:
            await self._applier.inbox.maintain()
        except Exception as error:
            if not is_transient(error):
                raise
            self._maintain_at = time.monotonic() + SILENCE

    def _lasts(self, seconds: float) -> bool:
        """Whether polls have failed for so long."""
        return self._fault is not None and time.monotonic() - self._fault[0] > seconds

    def _note(self, kind: str, error: BaseException) -> None:
        """A fault that lasts until the next poll that goes well."""
        since = self._fault[0] if self._fault else time.monotonic()
        self._fault = since, f"{kind}: {type(error).__name__}"
        self._metrics.consumer_faults.labels(*self._names, kind).inc()
        log.warning(
            "consumer.fault", consumer=self._subscription.name, kind=kind, error=describe(error), where=places(error)
        )


class _Rebalance(ConsumerRebalanceListener):  # type: ignore[misc]
    """Tells the runner of a rebalance before it happens."""

    def __init__(self, runner: Runner[Any]) -> None:
        self._runner = runner
        self.consumer: AIOKafkaConsumer | None = None

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:  # noqa: ARG002 - eager: it is always all
        await self._runner.revoked(self.consumer)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        log.info("consumer.assigned", partitions=len(assigned))
