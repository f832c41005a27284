"""Applying what a consumer has read: one transaction for a batch, nothing lost and nothing twice.

Filter by type and by who may say it (`provenance.py`), then inbox, then park, then the handler. If the handler refuses, all
is rolled back and done again with a savepoint around each message, and only what fails for good is parked. A passing failure
(the database is away, a deadlock) is raised: the caller holds the batch and tries again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

import asyncpg
from aiokafka import ConsumerRecord
from pydantic import ValidationError
from rapport_contracts.envelope import BadEnvelope, Envelope
from rapport_contracts.event import Event
from rapport_kernel.errors import VersionConflict

from rapport_chassis import parked, provenance
from rapport_chassis.actor import Actor, Cause
from rapport_chassis.database import is_transient
from rapport_chassis.inbox import Inbox, digest
from rapport_chassis.listens import Message, Record, Subscription
from rapport_chassis.observability import describe, get_logger, in_context, places
from rapport_chassis.parked import FOLLOWS, Lane, Reject
from rapport_chassis.work import Work, WorkFactory

log = get_logger(__name__)
W = TypeVar("W", bound=Work)

EARLIEST = date(2000, 1, 1)
AHEAD = timedelta(days=2)
BREATH = 25
"""Records opened in one go: about half a millisecond, in which nothing else of the process gets on."""
CONFLICT_TRIES = 5
"""How often a lost race for an aggregate's version is tried again before it counts as a fault of the message."""

Outcome = Counter[tuple[str, str]]
"""How many records of (topic, outcome); outcomes are applied, duplicate, ignored, parked."""


@dataclass(slots=True)
class Item:
    """One record for which this consumer is responsible, and what is known about it."""

    record: ConsumerRecord
    kind: type[Event] | None = None
    envelope: Envelope | None = None
    reason: str | None = None
    detail: str = ""
    message: Message[Any] | Record | None = None
    invalid: str | None = None

    @property
    def lane(self) -> Lane | None:
        """What it keeps its order with; None without a key, and for what is not its owner's."""
        if self.reason in provenance.FOREIGN:
            return None
        return (self.record.topic, self.record.key) if self.record.key else None

    def refuse(self, reason: str, detail: str = "") -> None:
        """Have it parked."""
        self.reason, self.detail = reason, detail

    def reject(self) -> Reject:
        """As the park takes it."""
        record, envelope = self.record, self.envelope
        return Reject(
            record.topic,
            record.partition,
            record.offset,
            record.key,
            record.headers,
            record.value,
            self.reason or "unknown",
            self.detail,
            envelope.id if envelope else None,
            envelope.type if envelope else None,
        )


@dataclass(frozen=True, slots=True)
class Opened:
    """What one poll brought, read as far as that needs no database. `ignored` counts what does not concern this consumer."""

    records: Sequence[ConsumerRecord]
    items: list[Item]
    ignored: Outcome


@dataclass(slots=True)
class _Taken:
    """What one transaction does with a batch."""

    apply: list[Item] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    blocked: set[Lane] = field(default_factory=set)
    outcome: Outcome = field(default_factory=Counter)

    def park(self, item: Item) -> None:
        self.rejects.append(item.reject())
        self.outcome[item.record.topic, "parked"] += 1
        if item.lane:
            self.blocked.add(item.lane)


class Applier(Generic[W]):
    """Applies records for one subscription. Used by the consumer runner and by the release of parked messages."""

    def __init__(self, works: WorkFactory[W], subscription: Subscription) -> None:
        """`works` opens the service's units of work."""
        self._works = works
        self._subscription = subscription
        self._wanted = {kind.encode(): event for kind, event in subscription.types.items()}
        self._topics = {kind: subscription.topic_of(event) for kind, event in subscription.types.items()}
        self.inbox = Inbox(works.database, subscription.name)

    async def open(self, records: Sequence[ConsumerRecord]) -> Opened:
        """Read a batch: envelopes and events, or why not. Lets others go on now and then: this may run beside an `apply`."""
        opened = Opened(records, [], Counter())
        latest = _latest()
        for number, record in enumerate(records, 1):
            item = self.read(record, latest)
            if item is None:
                opened.ignored[record.topic, "ignored"] += 1
            else:
                if item.reason is None:
                    decode(item)
                opened.items.append(item)
            if number % BREATH == 0:
                await asyncio.sleep(0)
        return opened

    async def apply(self, opened: Opened) -> Outcome:
        """Apply a batch in one transaction and return what became of each record. After a failure it may be called again.

        Raises what passes by itself, with nothing applied; everything else ends in the park.
        """
        items = opened.items
        if not items:
            return Counter(opened.ignored)
        if self._subscription.inbox:
            await self.inbox.prepare({item.envelope.time.date() for item in items if item.envelope and not item.reason})
        try:
            return opened.ignored + await self._transaction(items, singly=False)
        except Exception as error:
            if is_transient(error):
                raise
            log.warning("consumer.slow-path", consumer=self._subscription.name, error=describe(error), where=places(error))
        return opened.ignored + await self._transaction(items, singly=True)

    def read(self, record: ConsumerRecord, latest: date | None = None) -> Item | None:
        """The record with its envelope, or with the reason to park it; None when its type is of no concern here.

        `latest` is the last day that an event may name, reckoned from now unless it is given."""
        if self._subscription.raw is not None:
            return Item(record)
        named = next((value for name, value in record.headers if name == "ce_type"), None)
        if named is None:
            return Item(record, reason="no-type")
        kind = self._wanted.get(named)
        if kind is None:
            return None
        item = Item(record, kind)
        try:
            item.envelope = Envelope.from_headers(record.headers)
        except BadEnvelope as error:
            item.refuse("bad-envelope", str(error))
            return item
        if not record.key:
            item.refuse("no-key")
        elif record.value is None:
            item.refuse("no-value")
        elif (foreign := self._foreign(item)) is not None:
            item.refuse(foreign)
        else:
            day = item.envelope.time.date()
            if not EARLIEST <= day <= (latest or _latest()):
                item.refuse("time-out-of-range")
            elif self.inbox.first_day is not None and day < self.inbox.first_day:
                item.refuse("older-than-inbox", "nobody can tell whether it was applied")
        return item

    def _foreign(self, item: Item) -> str | None:
        assert item.kind is not None and item.envelope is not None  # noqa: S101, PT018 - read before
        topic = self._topics[item.envelope.type]
        found = provenance.foreign(item.kind, topic, item.record, item.envelope, self._works.keys)
        if found is not None:
            log.warning("consumer.foreign", consumer=self._subscription.name, type=item.envelope.type, reason=found)
        return found

    async def _transaction(self, items: list[Item], *, singly: bool) -> Outcome:
        for item in items:
            if item.reason in _DECIDED_INSIDE:
                item.reason, item.detail = None, ""
        async with self._works(Actor.system(self._subscription.name)) as work:
            connection = await work.raw()
            taken = await self._take(connection, items)
            if singly:
                await self._one_by_one(work, taken)
            elif taken.apply:
                await self._handle(work, taken.apply)
                taken.outcome.update((item.record.topic, "applied") for item in taken.apply)
            await parked.park(work, self._subscription.name, taken.rejects)
        return taken.outcome

    async def _take(self, connection: asyncpg.Connection, items: list[Item]) -> _Taken:
        """Inbox and park: what is left to apply."""
        taken = _Taken()
        new = await self._unseen(connection, items, taken)
        keys = {item.record.key for item in new if item.record.key}
        taken.blocked = await parked.blocked(connection, self._subscription.name, keys) if keys else set()
        for item in new:
            if item.reason is None and item.lane in taken.blocked:
                item.refuse(FOLLOWS)
            if item.reason is None and item.invalid is not None:
                item.refuse("invalid", item.invalid)
            if item.reason is None:
                taken.apply.append(item)
            else:
                taken.park(item)
        return taken

    async def _unseen(self, connection: asyncpg.Connection, items: list[Item], taken: _Taken) -> list[Item]:
        """Without duplicates, of this batch and of earlier ones; an id with another body is a conflict."""
        if self._subscription.raw is not None or not self._subscription.inbox:
            return items
        first: dict[UUID, tuple[Item, int]] = {}
        new: list[Item] = []
        for item in items:
            if item.reason is not None or item.envelope is None:
                new.append(item)
                continue
            body = digest(item.envelope.type, item.record.value)
            earlier = first.setdefault(item.envelope.id, (item, body))
            if earlier[0] is item:
                new.append(item)
            elif earlier[1] == body:
                taken.outcome[item.record.topic, "duplicate"] += 1
            else:
                item.refuse("conflict", "same id, another body")
                new.append(item)
        if not first:
            return new
        days = [item.envelope.time.date() for item, _ in first.values() if item.envelope]
        fresh, differing = await self.inbox.take(connection, list(first), days, [body for _, body in first.values()])
        if len(fresh) == len(first):
            return new
        return [item for item in new if not self._seen(item, fresh, differing, taken)]

    def _seen(self, item: Item, fresh: set[UUID], differing: set[UUID], taken: _Taken) -> bool:
        if item.reason is not None or item.envelope is None or item.envelope.id in fresh:
            return False
        if item.envelope.id in differing:
            item.refuse("conflict", "same id, another body")
            return False
        taken.outcome[item.record.topic, "duplicate"] += 1
        return True

    async def _one_by_one(self, work: W, taken: _Taken) -> None:
        for item in taken.apply:
            if item.lane in taken.blocked:
                item.refuse(FOLLOWS)
                taken.park(item)
                continue
            failed = await self.try_one(work, item)
            if failed is not None:
                item.refuse(*failed)
                taken.park(item)
            else:
                taken.outcome[item.record.topic, "applied"] += 1

    async def try_one(self, work: W, item: Item) -> tuple[str, str] | None:
        """Hand one decoded message to its handler, inside a savepoint. Reason and detail when it fails for good, else None.

        Raises what passes by itself.
        """
        failed: Exception
        for _ in range(CONFLICT_TRIES):
            try:
                async with work.savepoint():
                    await self._handle(work, [item])
            except Exception as error:
                if is_transient(error):
                    raise
                failed = error
                if not isinstance(error, VersionConflict):
                    break
            else:
                return None
        what, where = describe(failed), places(failed, 3)
        # Never the error itself: it may hold what was sent.
        log.error("consumer.refused", consumer=self._subscription.name, error=what, where=where)
        return "refused", f"{what} at {' < '.join(reversed(where))}"

    async def _handle(self, work: W, items: list[Item]) -> None:
        """Call the handlers of the subscription with decoded messages."""
        subscription = self._subscription
        found: list[Any] = [item.message for item in items]
        if subscription.batch is not None:
            work.hear(one.envelope for one in found)
            await subscription.batch(work, found)
        elif subscription.raw is not None:
            await subscription.raw(work, found)
        else:
            for one in found:
                envelope: Envelope = one.envelope
                await work.turn(Cause.of(envelope))
                customer = getattr(one.event, "customer_id", None)
                with in_context(trace=envelope.traceparent, event=envelope.id, customer=customer):
                    await subscription.each[envelope.type](work, one.event)


_DECIDED_INSIDE = (FOLLOWS, "conflict", "refused", "invalid")
"""Reasons found out inside the transaction; they are found anew when it is done again."""


def _latest() -> date:
    return datetime.now(UTC).date() + AHEAD


def decode(item: Item) -> None:
    """Read the value as its event, or say in `invalid` what is wrong: fields and kinds of errors, never values."""
    record = item.record
    if item.kind is None or item.envelope is None:
        item.message = Record(record.key, record.value, record.headers, record.topic, record.partition, record.offset)
        return
    try:
        event = item.kind.read(record.value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)[:5]
        known = item.kind.model_fields
        places = [(str(e["loc"][0]) if e["loc"] and e["loc"][0] in known else "-", e["type"]) for e in found]
        item.invalid = ", ".join(f"{field}: {kind}" for field, kind in places)
        return
    if provenance.about_another(event, item.envelope):
        item.refuse("wrong-subject")
        return
    item.message = Message(event, item.envelope, record.topic, record.partition, record.offset)
