"""Sending outbox rows: one batch per partition and round, and what to do with each way in which that can fail.

A partition never has two batches in flight, so nothing overtakes a batch that is refused. Any failure ends the producer:
an idempotent one leaves a gap in its numbers when a batch is refused, and one that does not answer retries for ever.
What was in flight is sent again by the next producer; it may arrive twice, under the same ids.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiokafka.errors as kafka
import asyncpg

from rapport_chassis import outbox
from rapport_chassis.bus import LARGEST_REQUEST, Builder, Bus, Place, Producer
from rapport_chassis.observability import describe, get_logger

log = get_logger(__name__)

HEADERS_BYTES = 2_000
"""More than the headers of one record take."""
TOO_LARGE: tuple[type[Exception], ...] = (kafka.MessageSizeTooLargeError, kafka.RecordListTooLargeError)
NEVER: tuple[type[Exception], ...] = (*TOO_LARGE, kafka.InvalidTimestampError, kafka.PolicyViolationError)
"""The broker will say the same tomorrow: about this record, not about the moment."""
DENIED: tuple[type[Exception], ...] = (
    kafka.TopicAuthorizationFailedError,
    kafka.ClusterAuthorizationFailedError,
    kafka.InvalidTopicError,
    kafka.UnknownTopicOrPartitionError,
)
PRODUCER: tuple[type[Exception], ...] = (
    kafka.OutOfOrderSequenceNumber,
    kafka.ProducerFenced,
    kafka.InvalidProducerEpoch,
    kafka.InvalidProducerIdMapping,
    kafka.UnknownProducerId,
    kafka.ProducerClosed,
)
"""The producer's own trouble: a new one sends the same records."""


@dataclass(slots=True)
class Hold:
    """Something is not sent to until `until`; each failure in a row waits longer (monotonic seconds)."""

    since: float
    until: float = 0.0
    tries: int = 0
    reason: str = ""

    def again(self, now: float, reason: str) -> None:
        """It failed once more. Another reason begins anew: what was unreachable is not what is refused."""
        if reason != self.reason:
            self.since = now
        self.until, self.reason = now + min(0.2 * 2**self.tries, 10.0), reason
        self.tries = min(self.tries + 1, 10)


@dataclass(slots=True)
class _Batch:
    builder: Builder
    positions: list[int] = field(default_factory=list)
    first: asyncpg.Record | None = None
    full: bool = False


class Sender:
    """Sends for one leader. After each `send`, `hopeless` are the rows to park with the reason, `waiting` how many rows of
    the round were held back, and `faults` what went wrong.

    `within`: seconds for the broker to acknowledge. `patience`: seconds for which a record that is refused for unknown
    reasons is tried before it is given up, if the broker takes others meanwhile. What is wrong with the broker or a topic
    (missing, denied) is never a reason to give up a record: it waits until that is mended.
    """

    def __init__(self, bus: Bus, *, within: float, patience: float) -> None:
        """Connects when there is something to send."""
        self._bus = bus
        self._within = within
        self._patience = patience
        self._producer: Producer | None = None
        self._topics: dict[str, Hold] = {}
        self._places: dict[Place, Hold] = {}
        self._singly: dict[Place, int] = {}
        self._taken_at = 0.0
        self.hopeless: list[tuple[asyncpg.Record, str]] = []
        self.faults: list[tuple[str, str]] = []
        self.waiting = 0

    async def send(self, rows: Sequence[asyncpg.Record], *, every: float) -> AsyncGenerator[list[int], None]:
        """Send rows (in order of position); yields positions that were acknowledged, at least every `every` seconds."""
        self.hopeless, self.faults, self.waiting = [], [], 0
        async for _ in self._ready({row["aggregatetype"] for row in rows}, every):
            yield []
        if self._producer is None:
            return
        batches = self._fill(self._producer, rows)
        flying: dict[asyncio.Future[Any], Place] = {}
        try:
            for place, batch in batches.items():
                flying[await self._producer.send(batch.builder, *place)] = place
            deadline = time.monotonic() + self._within
            while flying and time.monotonic() < deadline:
                done, _ = await asyncio.wait(flying, timeout=every)
                yield self._collect(done, flying, batches)
        except kafka.KafkaError as error:
            self._fault("send", error)
        finally:
            for future, place in flying.items():
                future.add_done_callback(_look_at)
                self._hold(self._places, place, "no-answer")
                self.faults.append(("no-answer", place[0]))
        if self.faults:
            await self.abandon()

    def held(self, *, now: bool = False) -> dict[str, str]:
        """Topics that cannot be sent to, and why; `now`: only those that are not to be tried at this moment."""
        moment = time.monotonic() if now else 0.0
        return {topic: hold.reason for topic, hold in self._topics.items() if hold.until > moment}

    async def abandon(self) -> None:
        """Let go of the producer in whatever state it is."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.abandon()

    async def close(self) -> None:
        """Let go of the producer when nothing is in flight."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.close()

    async def _ready(self, topics: set[str], every: float) -> AsyncIterator[None]:
        """Connect, and learn about topics that are new; yields while that takes long."""
        if self._producer is None:
            producer = self._bus.producer()
            starting = asyncio.ensure_future(producer.start())
            while not starting.done():
                await asyncio.wait([starting], timeout=every)
                yield
            if (failed := starting.exception()) is not None:
                self._fault("connect", failed)
                return
            self._producer = producer
        now = time.monotonic()
        for topic in sorted(topics):
            held = self._topics.get(topic)
            if self._producer.partition(topic, b"") is None and (held is None or held.until <= now):
                try:
                    await self._producer.find(topic, within=every)
                except TimeoutError:
                    self._hold(self._topics, topic, "topic-missing")
                except kafka.KafkaError as error:
                    self._fault("topic", error)
                    self._hold(self._topics, topic, _reason(error))
                else:
                    self._topics.pop(topic, None)
                yield

    def _fill(self, producer: Producer, rows: Sequence[asyncpg.Record]) -> dict[Place, _Batch]:
        batches: dict[Place, _Batch] = {}
        stopped: set[tuple[str, Any]] = set()
        now = time.monotonic()
        for row in rows:
            topic, key = row["aggregatetype"], row["aggregateid"]
            reason, place = self._place(producer, row, now)
            if reason is not None and (topic, key) not in stopped:
                self.hopeless.append((row, reason))
            if place is None or (topic, key) in stopped:
                stopped.add((topic, key))
                self.waiting += 1
                continue
            batch = batches.get(place)
            if batch is None:
                batch = batches[place] = _Batch(producer.batch())
            if place in self._singly and batch.positions:
                self.waiting += 1
            elif not batch.full:
                _append(batch, row, self._bus.schemas)
        return batches

    def _place(self, producer: Producer, row: asyncpg.Record, now: float) -> tuple[str | None, Place | None]:
        """Where the row goes, or nowhere yet; or never, and why."""
        topic = row["aggregatetype"]
        if len(row["payload"]) + HEADERS_BYTES > LARGEST_REQUEST:
            return "too-large", None
        if (held := self._topics.get(topic)) is not None and held.until > now:
            return None, None
        partition = producer.partition(topic, str(row["aggregateid"]).encode())
        if partition is None:
            return None, None
        place = (topic, partition)
        held = self._places.get(place)
        return None, (None if held is not None and held.until > now else place)

    def _collect(
        self, done: set[asyncio.Future[Any]], flying: dict[asyncio.Future[Any], Place], batches: dict[Place, _Batch]
    ) -> list[int]:
        acknowledged: list[int] = []
        for future in done:
            place = flying.pop(future)
            batch = batches[place]
            error = future.exception()
            if error is not None:
                self._refused(place, batch, error)
                continue
            acknowledged += batch.positions
            self._taken_at = time.monotonic()
            self._places.pop(place, None)
            self._topics.pop(place[0], None)
            if batch.positions[-1] >= self._singly.get(place, batch.positions[-1] + 1):
                del self._singly[place]
        return acknowledged

    def _refused(self, place: Place, batch: _Batch, error: BaseException) -> None:
        """Find out whose fault it is: of the producer, the topic, or one record, which is then alone in its batch."""
        self._fault("refused", error)
        if isinstance(error, PRODUCER):
            return
        if isinstance(error, DENIED):
            self._hold(self._topics, place[0], _reason(error))
        elif len(batch.positions) > 1:
            self._singly[place] = batch.positions[-1]
        else:
            held = self._hold(self._places, place, _reason(error))
            if batch.first is not None and (isinstance(error, NEVER) or self._is_its_own_fault(held)):
                self.hopeless.append((batch.first, _reason(error)))
                del self._places[place]

    def _is_its_own_fault(self, held: Hold) -> bool:
        """The record was refused for long enough, and others were taken since."""
        return time.monotonic() - held.since > self._patience and self._taken_at > held.since

    def _hold(self, holds: dict[Any, Hold], what: str | Place, reason: str) -> Hold:
        now = time.monotonic()
        held = holds.setdefault(what, Hold(now))
        held.again(now, reason)
        return held

    def _fault(self, kind: str, error: BaseException) -> None:
        self.faults.append((kind, type(error).__name__))
        log.warning("relay.fault", kind=kind, error=describe(error))


def _append(batch: _Batch, row: asyncpg.Record, schemas: str) -> None:
    """Add a row, or close the batch: the row and later ones of this partition go with the next round."""
    headers = outbox.envelope(row).to_headers(schemas)
    key = str(row["aggregateid"]).encode()
    if batch.builder.append(timestamp=None, key=key, value=row["payload"], headers=headers) is None:
        batch.full = True
        return
    batch.first = batch.first or row
    batch.positions.append(row["position"])


def _reason(error: BaseException) -> str:
    """A stable code for what the broker said."""
    if isinstance(error, TOO_LARGE):
        return "too-large"
    if isinstance(error, kafka.UnknownTopicOrPartitionError):
        return "topic-missing"
    if isinstance(error, DENIED):
        return "topic-denied"
    return f"refused-{type(error).__name__}"


def _look_at(future: asyncio.Future[Any]) -> None:
    """The outcome of an abandoned batch is of no use, but asyncio wants it looked at."""
    if not future.cancelled():
        future.exception()
