"""A service: its parts put together, once for all of them. What is particular to a service stands in its `app.py`.

    def service(settings: Settings) -> Service[ComplaintsWork]:
        return Service(
            name="complaints", title="Complaints", settings=settings, work=Work, migrations="rapport_complaints.migrations",
            subjects=[CLOCKS, CASES, figures(settings)], receipts=Receipts(ComplaintsMergeApplied, ...),
        )

Roles: `api` answers HTTP, `worker` consumes events, fires timers and runs loops, `relay` sends the outbox. Any number of
processes may have any roles; nothing kept in memory is needed to be right.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from typing import Generic, TypeVar

from rapport_contracts.topics import TOPICS, Topic
from rapport_kernel.states import StateTable
from rapport_kernel.wall_time import zone_of
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.types import ASGIApp

from rapport_chassis import parked_content, rekeying, vault
from rapport_chassis.anchors import anchoring
from rapport_chassis.audit_watch import AuditWatch, is_apart
from rapport_chassis.broker import ROLES, Role
from rapport_chassis.bus import Bus
from rapport_chassis.checkpoints import checkpointing, counted_topics
from rapport_chassis.consumer import Runner
from rapport_chassis.customers import ERASURES_PENDING, Customers, Receipts, listening, looping
from rapport_chassis.database import FAILURES, Database, Limits, is_transient
from rapport_chassis.keys import Keys, KeysUnusable
from rapport_chassis.lifecycle import Check, Part, Supervisor, rest
from rapport_chassis.listens import Listens, Subscription
from rapport_chassis.live.feed import Feed, FeedOptions
from rapport_chassis.live.hearing import hearing, noticing
from rapport_chassis.live.seats import Seats
from rapport_chassis.loops import Loop, LoopRunner
from rapport_chassis.measuring import measuring
from rapport_chassis.metrics import Metrics, measured, watch_loop
from rapport_chassis.migrations import NotTheOwner, SchemaTooNew, pending, upgrade
from rapport_chassis.observability import describe, get_logger
from rapport_chassis.parked import FOREIGN_FACTS
from rapport_chassis.projections import Projection
from rapport_chassis.readiness import ReadinessGate
from rapport_chassis.relay import Relay
from rapport_chassis.replica import OwnName
from rapport_chassis.security.scopes import Scope
from rapport_chassis.settings import ServiceSettings
from rapport_chassis.shipped import Shipped
from rapport_chassis.staff import StaffRegister
from rapport_chassis.subject import Recalls, Subject, customers_of, joined
from rapport_chassis.telling import Told, tell_once
from rapport_chassis.timer_runner import TimerRunner
from rapport_chassis.timers import TimerTable
from rapport_chassis.topic_keeper import TopicKeeper
from rapport_chassis.wakes import Notifier
from rapport_chassis.web.app import WebApp, build_app
from rapport_chassis.web.erasures import erasure_router
from rapport_chassis.web.events import Live, events_router
from rapport_chassis.web.idempotency import forget
from rapport_chassis.web.management import management_app
from rapport_chassis.web.router import Router
from rapport_chassis.work import Work, WorkFactory

W = TypeVar("W", bound=Work)
log = get_logger(__name__)

PING_WITHIN = 2.0
LONGEST_WAIT = 5.0
HOUSEKEEPING = timedelta(hours=1)


@dataclass(kw_only=True, eq=False)
class Service(Generic[W]):
    """The parts of one service. Making one connects to nothing; `run` does, and `asgi` connects when it is called.

    `migrations` is the package with `versions/`, `shipped` the data that it comes with; `subjects` are in the order in which
    they react to facts; `receipts` are the events that confirm merges, splits and erasures, None when no subject keeps
    anything of customers; `about` is a sentence on what it does. Raises ValueError for a name that two subjects declare.
    """

    name: str
    title: str
    settings: ServiceSettings
    work: type[W]
    migrations: str
    receipts: Receipts | None
    subjects: Sequence[Subject] = ()
    about: str = ""
    shipped: Shipped[W] | None = None
    routers: Sequence[Router] = field(init=False)
    listens: Listens = field(init=False)
    timers: TimerTable[W] = field(init=False)
    loops: Sequence[Loop] = field(init=False)
    lives: Mapping[str, StateTable] = field(init=False)
    projections: Sequence[Projection] = field(init=False)
    told: Sequence[Told] = field(init=False)
    customers: Customers | None = field(init=False)
    staff: StaffRegister | None = field(init=False)
    keyed: Sequence[rekeying.Keyed] = field(init=False)
    recalls: Recalls = field(init=False)

    def __post_init__(self) -> None:
        """Reads the key files, if they are there; `run` refuses to start without."""
        settings = self.settings
        limits = Limits(settings.pool_size, settings.pool_wait, settings.statement_timeout, settings.lock_timeout)
        self.metrics = Metrics()
        self.database = Database(
            settings.database_for(self.name), name=f"rapport-{self.name}", limits=limits, refused=self._count_refusal
        )
        self._measure_pool()
        self.keys = Keys.load(settings.keys_dir) if (settings.keys_dir / "master.key").exists() else None
        whole = self._put_together()
        self.works: WorkFactory[W] = WorkFactory(
            self.database,
            self.work,
            source=self.name,
            keys=self.keys,
            reactions=whole.reactions,
            customers=self.customers,
            zone=zone_of(settings.zone),
            region=settings.phone_region,
            tallies={tally: tally.counter(self.metrics.registry, self.name) for tally in whole.tallies},
        )
        self.buses = {role: self._bus_of(role) for role in ROLES}
        self.live = self._listened_to(whole.heard)
        self._waits_for: str | None = "not started"
        self._supervisor = Supervisor([])
        self._doors: list[ReadinessGate] = []

    def _bus_of(self, role: Role) -> Bus:
        return Bus.of(
            self.settings,
            client=f"rapport-{self.name}",
            role=role,
            schemas=f"{self.settings.public_url.rstrip('/')}/{self.name}/events/",
        )

    def _put_together(self) -> Subject:
        """Take what the subjects declare, and add what the chassis does for all of them."""
        whole = joined(self.name, self.subjects)
        self.lives = {life.name: life for life in whole.lives}
        self.timers, self.projections = whole.timers, whole.projections
        self.routers, self.listens, self.told = whole.routers, whole.listens, whole.told
        self.staff, self.keyed, self.recalls = whole.staff, whole.keyed, whole.recalls
        alarms = [*whole.alarms, *([FOREIGN_FACTS] if self.listens.subscriptions(self.name) else [])]
        self.customers = customers_of(self.subjects, self.receipts)
        alarms += [ERASURES_PENDING] if self.customers is not None else []
        self.loops = [*whole.loops, *(alarm.loop(self.metrics.registry) for alarm in alarms)]
        if self.customers is not None:
            self.listens = replace(self.listens, batches=[*self.listens.batches, listening(self.customers)])
            self.loops = [*self.loops, looping(self.customers)]
            self.routers = [*self.routers, erasure_router(self.name)]
        return whole

    def _listened_to(self, declared: Mapping[str, Scope]) -> Live | None:
        """Live updates of what it publishes, and their route; None for a service that publishes nothing."""
        heard = hearing(self.name, self.routers, declared)
        if not heard:
            return None
        settings = self.settings
        topics, kept = counted_topics(self.name), FeedOptions(settings.live_kept)
        feed = Feed(self.buses["api"], topics, noticing(heard, self.keys), self.name, self.metrics, kept)
        seats = Seats(settings.live_listeners, settings.live_listeners_each, self.metrics.live_listeners.labels(self.name))
        live = Live(heard, feed, seats, settings.live_heartbeat)
        self.routers = [*self.routers, events_router(self.name, live, self.lives)]
        return live

    @cached_property
    def asgi(self) -> WebApp:
        """The HTTP side. Paths are whole (`/complaints/v1/...`)."""
        return build_app(self)

    @cached_property
    def management(self) -> ASGIApp:
        """Health and metrics, for a port of its own in every process. Paths are whole (`/complaints/metrics`)."""
        return management_app(self)

    def door(self) -> ReadinessGate:
        """The HTTP side as a process with the role `api` serves it: 503 until `run` has prepared the database. `run` waits
        for its requests before it ends."""
        door = ReadinessGate(self.asgi, waits_for=lambda: self._waits_for)
        self._doors.append(door)
        return door

    @property
    def subscriptions(self) -> list[Subscription]:
        """Its consumer groups."""
        return self.listens.subscriptions(self.name)

    @property
    def topics(self) -> list[Topic]:
        """Those that it owns or reads: what it waits for, and makes where they are missing."""
        read = {topic for subscription in self.subscriptions for topic in subscription.topics}
        return [topic for topic in TOPICS.values() if topic.owner == self.name or topic.name in read]

    async def run(self, roles: Collection[Role] = ROLES, *, stop: asyncio.Event | None = None) -> None:
        """Prepare, then do the background work of these roles until `stop` is set or the task is cancelled.

        Waits for a database or broker that is not there yet. Afterwards what is in hand has been finished (at most
        `settings.drain`) and all connections are closed. Raises KeysUnusable when the keys are not those of the database, or
        missing; a relay alone needs none, since what it sends holds nothing that it could open.
        """
        stop = stop or asyncio.Event()
        if self.keys is None and set(roles) != {"relay"}:
            raise KeysUnusable(f"no key files in {self.settings.keys_dir}: `rapport up` makes them locally")
        if self.keys is not None and self.keys.verifying is None and self.customers is not None:
            raise KeysUnusable(f"no verifying.key in {self.settings.keys_dir}: `rapport secrets` makes it, of signing.key")
        own = OwnName(self.name)
        for bus in self.buses.values():
            bus.replica = self.settings.replica or own.name
        self.metrics.built(self.name, roles)
        self._supervisor = Supervisor(self._parts(roles), self.works.wakes.wake_all)
        try:
            if await self._prepared(stop):
                self._supervisor.start()
                log.info("service.started", service=self.name, roles=sorted(roles))
                await stop.wait()
        finally:
            self._waits_for = "stopping"
            if self.live is not None:
                await self.live.feed.close()
            await self._supervisor.stop(self.settings.drain)
            for door in self._doors:
                await door.empty(self.settings.drain)
            await self.database.close()
            own.release()
            log.info("service.stopped", service=self.name)

    async def ready(self) -> Sequence[Check]:
        """What /health/ready says: the start, the database, and every part that runs in this process."""
        checks = [Check("start", self._waits_for is None, self._waits_for or ""), await self._database_check()]
        return checks + self._supervisor.checks()

    async def _database_check(self) -> Check:
        up = self.metrics.database_up.labels(self.name)
        try:
            await asyncio.wait_for(self.database.ping(), PING_WITHIN)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is said
            measured(up, 0)
            return Check("database", ok=False, why=f"does not answer ({describe(error)})")
        measured(up, 1)
        return Check("database", ok=True)

    def _count_refusal(self, kind: str) -> None:
        self.metrics.database_failures.labels(self.name, kind).inc()

    def _measure_pool(self) -> None:
        self.metrics.pool_in_use.labels(self.name).set_function(self.database.in_use)
        self.metrics.pool_size.labels(self.name).set(self.database.limits.pool_size)
        for kind in FAILURES:
            self.metrics.database_failures.labels(self.name, kind)

    async def _prepared(self, stop: asyncio.Event) -> bool:
        """Migrate and check the keys, waiting for a database that is not there. False when stopped meanwhile."""
        wait = 0.1
        while not stop.is_set():
            try:
                await self._prepare()
            except (OSError, TimeoutError, DBAPIError) as error:
                if not is_transient(error):
                    raise
                self._waits_for = f"waiting for the database ({describe(error)})"
                log.warning("service.waits", service=self.name, error=describe(error))
            except (SchemaTooNew, NotTheOwner) as error:
                if self._waits_for != str(error):
                    log.warning("service.waits", service=self.name, error=str(error))
                self._waits_for = str(error)
            else:
                if self._waits_for is None:
                    return True
            await rest(stop, wait)
            wait = min(wait * 2, LONGEST_WAIT)
        return False

    async def _prepare(self) -> None:
        url, owner = self.settings.database_for(self.name), self.settings.owner_database_for(self.name)
        if self.settings.migrate:
            applied = await self.migrate() if owner else await upgrade(url, self.migrations)
            if applied:
                log.info("service.migrated", service=self.name, revisions=applied)
        elif missing := await pending(url, self.migrations):
            self._waits_for = f"waiting for migrations ({', '.join(missing)})"
            return
        async with self.database.engine.begin() as connection:
            await self._see_who_owns(connection)
            if self.keys is not None:
                await rekeying.check(connection, self.keys, self.keyed)
                await vault.check(connection, self.keys)
        # First what is there from before; what is shipped now tells itself.
        if self.told and await tell_once(self.works, self.told):
            log.info("service.told", service=self.name, kinds=[kind.name for kind in self.told])
        if self.shipped is not None and await self.shipped.load(self.works):
            log.info("service.shipped", service=self.name, edition=self.shipped.edition)
        self._waits_for = None

    async def migrate(self) -> list[str]:
        """Bring the database to the newest revision as the owner of its append-only tables, and settle who owns what.

        Returns the revisions that were applied. Raises NotTheOwner, SchemaTooNew, and what the database raises."""
        owner = self.settings.owner_database_for(self.name)
        if owner is None:
            raise NotTheOwner("RAPPORT_OWNER_DATABASE_URL does not say who owns the tables")
        return await upgrade(owner, self.migrations, service_role=make_url(self.database.url).username)

    async def _see_who_owns(self, connection: AsyncConnection) -> None:
        apart = await is_apart(connection)
        self.metrics.audit_apart.labels(self.name).set(apart)
        if not apart:
            log.warning("audit.one-role", service=self.name, see="docs/operator.md, The audit trail")

    def _parts(self, roles: Collection[Role]) -> list[Part]:
        notifier = Notifier(self.database, self.works.wakes)
        parts = [Part("event-loop", lambda stop: watch_loop(self.metrics, stop)), Part("wakes", notifier.run)]
        topics = TopicKeeper(
            self.buses["worker" if "worker" in roles else "relay"],
            self.topics,
            create=self.settings.create_topics,
            tell=self._tell_partitions,
        )
        if {"worker", "relay"} & set(roles):
            parts.append(Part("topics", topics.run, topics.trouble))
        if "worker" in roles:
            parts += self._worker_parts(topics)
        if "relay" in roles:
            wakes = self.works.wakes
            bus = self.buses["relay"]
            relay = Relay(self.database, bus, service=self.name, metrics=self.metrics, wakes=wakes, topics=topics)
            parts.append(Part("relay", relay.run, relay.trouble))
        for part in parts:
            self.metrics.part_running.labels(self.name, part.name).set_function(part.works)
        return parts

    def _tell_partitions(self, topic: str, partitions: int) -> None:
        measured(self.metrics.topic_partitions.labels(self.name, topic), partitions)

    def _worker_parts(self, topics: TopicKeeper) -> list[Part]:
        parts, bus = [], self.buses["worker"]
        for subscription in self.subscriptions:
            runner = Runner(bus, self.works, subscription, metrics=self.metrics, topics=topics)
            parts.append(Part(f"consumer {subscription.name}", runner.run, runner.trouble))
        if self.timers:
            timers = TimerRunner(self.works, self.timers, metrics=self.metrics)
            parts.append(Part("timers", timers.run, timers.trouble))
        house = Loop("housekeeping", self._keep_house, every=HOUSEKEEPING)
        told = [loop for loop in (checkpointing(self.name, bus), anchoring(self.name)) if loop is not None]
        assert self.keys is not None  # noqa: S101 - `run` has refused to come here without
        keys = rekeying.loops(self.name, self.keys, self.keyed, self.metrics.key_rows_left)
        figures = measuring(self.metrics, self.name, [each.name for each in self.subscriptions])
        for loop in (*self.loops, house, *keys, *told, figures):
            looping = LoopRunner(self.works, loop)
            parts.append(Part(f"loop {loop.name}", looping.run, looping.trouble))
        watch = AuditWatch(self.works, bus, self.metrics)
        parts.append(Part("audit", watch.run, watch.trouble))
        return parts

    async def _keep_house(self, work: Work) -> int:
        """Forget old answers to idempotent requests; seal what is parked, and give it up in the end."""
        done = await forget(work.connection)
        return done + await parked_content.seal_the_rest(work) + await parked_content.expire(work, self.settings.parked_keep)
