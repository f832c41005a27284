"""The unit of work: one transaction in which state, outbox, timers and audit commit together, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from rapport_contracts.envelope import Envelope
from rapport_contracts.event import Event
from rapport_kernel.errors import RapportError
from rapport_kernel.ids import new_id
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from rapport_chassis import audit, outbox
from rapport_chassis.actor import Actor, Cause
from rapport_chassis.database import Database, is_transient, raw_connection
from rapport_chassis.keys import Keys
from rapport_chassis.timers import Timers
from rapport_chassis.vault import Vault
from rapport_chassis.wakes import Wakes

__all__ = ["Actor", "Cause", "Opened", "Recorded", "Store", "Work", "WorkFactory"]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A fact on its way to the outbox. `cause` is the work's own when None: a set of events has one for each. `id` will be
    its `ce_id`."""

    event: Event
    key: UUID
    sequence: int
    cause: Cause | None = None
    id: UUID = field(default_factory=new_id)


class Store(Protocol):
    """What `Work.track` takes: it writes what changed, when the work commits."""

    async def flush(self) -> None:
        """Write changes; called again it writes only what changed since."""


Reactions = Mapping[type[Event], Sequence[Callable[[Any, Any], Awaitable[None]]]]
"""What subjects do in the transaction in which a fact of their service is recorded, in the order in which they do it:
`async def end_cases(work: Work, facts: Sequence[ComplaintClosed]) -> None`, called once for all facts of a type that were
recorded since the last flush. What a reaction changes and records is part of the same transaction; an error it raises
refuses the command."""
GREENWICH = ZoneInfo("UTC")
DEEPEST = 8
"""Reactions to facts of reactions, and so on; more is taken for a circle."""


@dataclass(slots=True)
class Opened:
    """What the factory hands to a new Work."""

    connection: AsyncConnection
    now: datetime
    actor: Actor
    cause: Cause
    source: str
    expected_version: int | None
    keys: Keys | None
    reactions: Reactions = field(default_factory=dict)
    customers: Any = None
    zone: ZoneInfo = GREENWICH
    region: str = "CN"
    kept: dict[Any, Any] = field(default_factory=dict)


S = TypeVar("S")


class Work:
    """One transaction. `work.store(WinBacks)` is the store of that class in it.

    `now` is the transaction's time (UTC, from the database). `expected_version` comes from If-Match; the first aggregate
    that a store loads is checked against it. `customers` is what the service keeps of customers, as its subjects declare it
    (`Customers`); None: nothing. `zone` is that of the installation: days and months are its own unless a caller asks for
    another; `region` (ISO 3166) is that of phone numbers without a country code. `after` holds functions called once the
    commit has happened; `kept` is what all works of the service in this process share, such as a key that never changes.
    """

    def __init__(self, opened: Opened) -> None:
        """Made by a WorkFactory, never by hand."""
        self.connection = opened.connection
        self.now = opened.now
        self.actor = opened.actor
        self.cause = opened.cause
        self.source = opened.source
        self.expected_version = opened.expected_version
        self.wakes: set[str] = set()
        self.after: list[Callable[[], None]] = []
        self.refusal: RapportError | None = None
        self.customers = opened.customers
        self.zone = opened.zone
        self.region = opened.region
        self.kept = opened.kept
        self._keys = opened.keys
        self._stores: list[Store] = []
        self._made: dict[Any, Any] = {}
        self._recorded: list[Recorded] = []
        self._reactions = opened.reactions
        self._reacted_to = 0
        self._apart = False
        self._heard: dict[UUID, Envelope] = {}
        self._audited: list[audit.Entry] = []

    @cached_property
    def timers(self) -> Timers:
        """Timers set and cancelled by this work; written when it commits."""
        return Timers(self)

    @cached_property
    def vault(self) -> Vault:
        """Field encryption inside this transaction. Raises Unavailable when the service has no keys."""
        return Vault(self.connection, self._keys)

    def store(self, kind: Callable[[Any], S]) -> S:
        """What this class (or a `VersionedKind`) makes of the work: the same object each time, made on first use."""
        if kind not in self._made:
            self._made[kind] = kind(self)
        made: S = self._made[kind]
        return made

    def record(self, event: Event, *, sequence: int, key: UUID | None = None) -> None:
        """Publish a fact when this work commits. `key` is the aggregate (default: the event's own key field), `sequence`
        its version after the fact. The caller holds the aggregate's row lock.
        """
        self._recorded.append(Recorded(event, key or event.key, sequence, self.cause))

    def record_many(self, facts: list[Recorded]) -> None:
        """The same for a set."""
        self._recorded.extend(facts)

    def apart(self) -> None:
        """What is recorded from now on is about many things that have nothing to do with each other, as an import brings
        them: facts of one key are correlated, those of two are not. They keep the trace of the request."""
        self._apart = True

    def hear(self, envelopes: Iterable[Envelope]) -> None:
        """The events that a batch brings: a fact that names what exactly one of them is about was caused by it."""
        self._heard = {each.subject: each for each in envelopes}

    def cause_of(self, fact: Recorded) -> Cause:
        """What the fact carries on."""
        cause = fact.cause or self.cause
        if self._heard and cause.causation_id is None:
            found = [self._heard[each] for each in _named(fact) if each in self._heard]
            return Cause.of(found[0]) if len(found) == 1 else cause
        return Cause(fact.key, cause.causation_id, cause.traceparent) if self._apart else cause

    def track(self, store: Store) -> None:
        """Have a store flushed when this work commits."""
        self._stores.append(store)

    async def audit(
        self, action: str, subject: str, *, reason: str | None = None, detail: dict[str, Any] | None = None
    ) -> None:
        """Remember who did what to which subject (`customer:<id>`) and why. Written at commit; no personal data in it."""
        entry = audit.Entry(action, subject, reason, detail or {}, self.actor, self.cause.correlation_id)
        self._audited.append(entry)

    async def audit_many(self, action: str, kind: str, ids: Iterable[UUID], *, detail: dict[str, Any] | None = None) -> None:
        """Remember in one row what was done to many subjects of a kind at once: `detail` has their number, and all of them
        as `subjects`, by which the audit trail finds it like a row of each."""
        subjects = [f"{kind}:{each}" for each in dict.fromkeys(ids)]
        await self.audit(action, f"{kind}:many", detail={**(detail or {}), "count": len(subjects), "subjects": subjects})

    def refuse(self, error: RapportError) -> None:
        """Answer the caller with `error` and commit all the same: for an attempt that is itself to be remembered."""
        self.refusal = error

    def count(self, what: Any, value: str, number: int) -> None:
        """Add to a `Tally` of the service, once the commit has happened. Where nobody is told of metrics it is left out."""
        if what in self.kept:
            counter = self.kept[what].labels(self.source, value)
            self.after.append(lambda: counter.inc(number))

    def wake(self, name: str) -> None:
        """Wake the loop of that name in this process once committed."""
        self.wakes.add(name)

    async def raw(self) -> asyncpg.Connection:
        """The asyncpg connection of this transaction, for COPY and unnest on hot paths. Its jsonb codec takes text."""
        return await raw_connection(self.connection)

    async def flush(self) -> None:
        """Write everything that is due at commit. Called by the factory; call it earlier to see the new versions."""
        await self._flush_changes()
        if self._recorded:
            rows, self._recorded, self._reacted_to = self._recorded, [], 0
            await outbox.insert(self, rows)
            self.wake("relay")
        if self._audited:  # the last of all: from here to the commit others wait for the head of the chain
            entries, self._audited = self._audited, []
            await audit.insert(self, entries)

    @property
    def acts(self) -> bool:
        """Whether facts, audit rows or timers wait for the commit: more than rows that a statement has written."""
        return bool(self._recorded or self._audited or ("timers" in self.__dict__ and self.timers.pending))

    async def turn(self, cause: Cause) -> None:
        """Go on to the next event of a batch: write what the one before changed and let go of its aggregates.

        The facts recorded so far keep their own cause and go to the outbox together, when the work commits.
        """
        await self._flush_changes()
        self._forget()
        self.cause = cause

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """All or nothing inside one work: an error undoes what was done in the block, here and in the database.

        What came before the block is written first. The error goes on to the caller.
        """
        await self.flush()
        wakes, after = set(self.wakes), list(self.after)
        nested = await self.connection.begin_nested()
        try:
            yield
            await self.flush()
        except BaseException:
            self._forget()
            self._recorded, self._reacted_to, self._audited = [], 0, []
            self.wakes, self.after = wakes, after
            if nested.is_active:
                await nested.rollback()
            raise
        await nested.commit()

    async def _flush_changes(self) -> None:
        await self._flush_stores()
        before: list[Recorded] = []
        for _ in range(DEEPEST):
            new = [_because(fact, before) for fact in self._recorded[self._reacted_to :]] if self._reactions else []
            if before:
                self._recorded[self._reacted_to :] = new
            self._reacted_to = len(self._recorded)
            before = [each for each in new if type(each.event) in self._reactions]
            facts: dict[type[Event], list[Event]] = {}
            for each in before:
                facts.setdefault(type(each.event), []).append(each.event)
            if not facts:
                break
            for kind, recorded in facts.items():
                for react in self._reactions[kind]:
                    await react(self, recorded)
            await self._flush_stores()
        else:
            raise RuntimeError(f"reactions without an end, the last to {', '.join(sorted(kind.__name__ for kind in facts))}")
        if "timers" in self.__dict__:
            await self.timers.flush()

    async def _flush_stores(self) -> None:
        for store in list(self._stores):
            await store.flush()

    def _forget(self) -> None:
        """Drop the stores with what they hold: they are made anew when they are asked for."""
        self._stores, self._made = [], {}
        for name in [name for name in self.__dict__ if isinstance(getattr(type(self), name, None), cached_property)]:
            del self.__dict__[name]


def _because(fact: Recorded, before: Sequence[Recorded]) -> Recorded:
    """A fact of a reaction is caused by the one of those `before` it that it names; by none where it names two."""
    if not before or fact.cause is None:
        return fact
    named = _named(fact)
    found = [each for each in before if each.key in named]
    if len(found) != 1:
        return fact
    return replace(fact, cause=replace(fact.cause, causation_id=found[0].id))


def _named(fact: Recorded) -> set[UUID]:
    """The ids in a fact: of what it is about, and of what else it names."""
    values = (getattr(fact.event, name) for name in type(fact.event).model_fields)
    return {fact.key, *(value for value in values if isinstance(value, UUID))}


W = TypeVar("W", bound=Work)


class WorkFactory(Generic[W]):
    """Opens units of work: `async with factory(actor, cause) as work: ...` commits at the end, or rolls back on any error.

    `source` is the service's name (ce_source of its events); `wakes` are the loops of this process.
    """

    def __init__(
        self,
        database: Database,
        kind: type[W],
        *,
        source: str,
        keys: Keys | None = None,
        wakes: Wakes | None = None,
        reactions: Reactions | None = None,
        customers: Any = None,
        zone: ZoneInfo = GREENWICH,
        region: str = "CN",
        tallies: Mapping[Any, Any] | None = None,
    ) -> None:
        """`kind` is Work, or the service's subclass of it; `reactions` are those of its subjects, `customers` what
        these keep of customers; `zone` and `region` are those of the installation; `tallies` are counters by their Tally."""
        self.database = database
        self.kind = kind
        self.source = source
        self.keys = keys
        self.wakes = wakes or Wakes()
        self.reactions = reactions or {}
        self.customers = customers
        self.zone = zone
        self.region = region
        self._kept: dict[Any, Any] = {**(tallies or {})}

    def __call__(
        self, actor: Actor, cause: Cause | None = None, *, expected_version: int | None = None
    ) -> AbstractAsyncContextManager[W]:
        """Statements of an empty work: BEGIN, SELECT now(), COMMIT."""
        return self._open(actor, cause or Cause(), expected_version)

    @asynccontextmanager
    async def _open(self, actor: Actor, cause: Cause, expected_version: int | None) -> AsyncIterator[W]:
        connection, now = await self._begin()
        try:
            work = self.kind(self._opened(connection, now, actor, cause, expected_version))
            yield work
            await work.flush()
            await connection.commit()
        except BaseException:
            await _close(connection)
            raise
        await _close(connection)
        self.wakes.wake(*work.wakes)
        for told in work.after:
            told()

    def _opened(
        self, connection: AsyncConnection, now: datetime, actor: Actor, cause: Cause, expected_version: int | None
    ) -> Opened:
        of_service = (self.source, expected_version, self.keys, self.reactions, self.customers)
        return Opened(connection, now, actor, cause, *of_service, self.zone, self.region, self._kept)

    async def _begin(self) -> tuple[AsyncConnection, datetime]:
        """Begin, and read the time. A connection that turns out dead is replaced once: nothing has happened yet."""
        for attempt in (1, 2):
            connection = await self.database.connection()
            try:
                now: datetime = (await connection.execute(_NOW)).scalar_one()
            except BaseException as error:
                await _close(connection)
                if attempt == 1 and isinstance(error, Exception) and is_transient(error):
                    continue
                raise
            return connection, now.astimezone(UTC)
        raise AssertionError("unreachable")


_NOW = text("SELECT now()")


async def _close(connection: AsyncConnection) -> None:
    """Roll back what is open and give the connection back, even when the task is being cancelled again and again."""
    await asyncio.shield(asyncio.ensure_future(_give_back(connection)))


async def _give_back(connection: AsyncConnection) -> None:
    try:
        await asyncio.wait_for(connection.close(), timeout=5)
    except Exception:  # noqa: BLE001 - whatever the reason, a connection that cannot be reset is thrown away
        await connection.invalidate()
        await connection.close()
