"""Prometheus metrics of a process: what alarms and dashboards are made of (deploy/observability).

They are made so that silence is never taken for health. A counter has all its series from the start, at 0. A gauge is told
by the process that measures it, and by no other; one that is not measured any more is `NaN` (`measured`): neither an old
figure nor 0, and a rule finds it (`x != x`).
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Collection, Iterable
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.exposition import generate_latest

FRESH = 60.0
"""Seconds for which a figure that is measured now and then may stand for the present."""
_REQUEST_SECONDS = (0.01, 0.05, 0.25, 1, 5)
"""Few: each stands once for every route and status that was ever met."""
_BATCH_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15)
RELAY_FAILURES = ("blocked", "connect", "lease", "no-answer", "parked", "refused", "send", "topic")
CONSUMER_FAULTS = ("client", "commit", "gap", "held", "poll", "replaced")
OUTCOMES = ("applied", "duplicate", "ignored", "parked")
REFUSALS = ("database-busy", "starting", "too-busy", "too-many", "too-many-at-once", "too-many-misses", "try-again")
"""Codes of the register with which any service refuses what it could do at another time; others come when they come."""


class Metrics:
    """The instruments of a process in one registry; every one carries `service`, so that several share it."""

    def __init__(self) -> None:
        """Register them in a registry of their own."""
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._of_process()
        self._of_the_database()
        self._of_the_bus()
        self._of_timers()
        self._of_the_audit_trail()
        self._of_the_web()

    def begin_consumer(self, service: str, consumer: str, topics: Iterable[str]) -> None:
        """Each series of a consumer group, before its first record."""
        self.held_seconds.labels(service, consumer).set(0)
        self.batch_seconds.labels(service, consumer)
        for kind in CONSUMER_FAULTS:
            self.consumer_faults.labels(service, consumer, kind)
        for topic in topics:
            self.consumed.labels(service, consumer, topic)
            for outcome in OUTCOMES:
                self.settled.labels(service, consumer, topic, outcome)

    def begin_relay(self, service: str) -> None:
        """Each series of a relay, before it leads."""
        self.relay_leading.labels(service).set(0)
        self.relay_sent.labels(service)
        for kind in RELAY_FAILURES:
            self.relay_failures.labels(service, kind)

    def begin_timers(self, service: str, kinds: Iterable[str]) -> None:
        """Each series of the kinds of timers that a service has."""
        for kind in kinds:
            for counter in (self.timers_fired, self.timers_failed, self.timers_parked):
                counter.labels(service, kind)

    def begin_web(self, service: str, routes: Iterable[str]) -> None:
        """Each series of the HTTP side; `routes` as `http_seconds` names them."""
        for route in routes:
            self.http_failed.labels(service, route)
        for code in REFUSALS:
            self.http_refused.labels(service, code)

    def built(self, service: str, roles: Collection[str]) -> None:
        """Which version runs here, as what."""
        for role in roles:
            self.build_info.labels(version("rapport-chassis"), service, role).set(1)

    def _of_process(self) -> None:
        self.build_info = self._gauge("build_info", "1; its labels say what runs here", "version", "service", "role")
        self.part_running = self._gauge(
            "part_running", "1 while a part runs and does its work, as /health/ready says; else 0", "service", "part"
        )
        self.loop_lag = self._gauge("loop_lag_seconds", "By how much the event loop was late, worst of the last 10 s")

    def _of_the_database(self) -> None:
        self.database_up = self._gauge("database_up", "1 while the database answers this process, else 0", "service")
        self.database_failures = self._counter(
            "database_failures", "What the database refused, or did not answer, by why", "service", "kind"
        )
        self.pool_in_use = self._gauge("database_pool_in_use", "Connections of the pool that are in use", "service")
        self.pool_size = self._gauge("database_pool_size", "How many connections the pool may have", "service")
        self.connections = self._gauge("database_connections", "Connections to the server, of all its databases", "service")
        self.connections_most = self._gauge(
            "database_connections_most", "How many the server takes, without those kept for a superuser", "service"
        )

    def _of_the_bus(self) -> None:
        self.outbox_depth = self._gauge(
            "outbox_depth", "Facts not acknowledged by the broker (counted up to 100000)", "service"
        )
        self.outbox_oldest = self._gauge("outbox_oldest_seconds", "Age of the oldest of them", "service")
        self.relay_leading = self._gauge("relay_leading", "1 where this process relays", "service")
        self.relay_sent = self._counter("relay_sent", "Facts acknowledged by the broker", "service")
        self.relay_failures = self._counter("relay_failures", "What kept facts from being sent", "service", "kind")
        topic = ("service", "consumer", "topic")
        self.consumed = self._counter("consumed", "Records read", *topic)
        self.settled = self._counter(
            "settled", "What became of them: applied, duplicate, ignored, parked", *topic, "outcome"
        )
        self.lag = self._gauge("consumer_lag", "Records not applied yet", *topic, "partition")
        self.topic_partitions = self._gauge("topic_partitions", "How many partitions a topic has", "service", "topic")
        consumer = ("service", "consumer")
        self.held_seconds = self._gauge("consumer_held_seconds", "How long a passing failure holds the batch", *consumer)
        self.consumer_faults = self._counter("consumer_faults", "Trouble of a consumer", *consumer, "kind")
        self.parked_open = self._gauge("parked_open", "Messages in the park; relay: facts not sent", *consumer)
        self.batch_seconds = self._histogram(
            "batch_seconds", "From a polled batch to its commit in the database", _BATCH_SECONDS, *consumer
        )

    def _of_timers(self) -> None:
        timer = ("service", "kind")
        self.timers_fired = self._counter("timers_fired", "Timers whose handler committed", *timer)
        self.timers_failed = self._counter("timers_failed", "Tries of a timer that failed", *timer)
        self.timers_parked = self._counter("timers_parked", "Timers that failed for good", *timer)
        self.timers_parked_open = self._gauge("timers_parked_open", "Timers that failed for good, not settled", "service")
        self.timers_late = self._gauge("timers_late_seconds", "How long the timer that waits longest is due", "service")

    def _of_the_audit_trail(self) -> None:
        self.audit_broken = self._gauge("audit_broken", "1 while the audit trail is not what was written", "service")
        self.audit_verified = self._gauge(
            "audit_verified_timestamp_seconds",
            "When all of it was last found to be what was anchored (Unix time)",
            "service",
        )
        self.audit_apart = self._gauge(
            "audit_apart", "1 where the role of this process does not own the audit trail, as it should be", "service"
        )
        self.key_rows_left = self._gauge(
            "key_rows_left",
            "Rows under an older version of a key; at 0 its line may go",
            "service",
            "key",
            "version",
            "table",
        )

    def _of_the_web(self) -> None:
        self.live_listeners = self._gauge("live_listeners", "Who listen to live updates in this process", "service")
        self.live_sent = self._counter("live_sent", "Live updates sent to listeners", "service")
        self.live_resets = self._counter("live_resets", "Listeners told to load anew, by why", "service", "reason")
        self.http_seconds = self._histogram(
            "http_seconds",
            "From the first byte of a request to the end of its answer; of a stream, to its beginning",
            _REQUEST_SECONDS,
            *("service", "route", "status"),
        )
        self.http_failed = self._counter(
            "http_failed", "Requests that failed by our fault (5xx but 503)", "service", "route"
        )
        self.http_refused = self._counter(
            "http_refused", "Requests refused for the moment (503, 429), by the code of the problem", "service", "code"
        )

    def _gauge(self, name: str, says: str, *labels: str) -> Gauge:
        return Gauge(f"rapport_{name}", says, labels, registry=self.registry)

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(f"rapport_{name}", says, labels, registry=self.registry)

    def _histogram(self, name: str, says: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(f"rapport_{name}", says, labels, buckets=buckets, registry=self.registry)

    def exposition(self) -> bytes:
        """All metrics in the Prometheus text format."""
        return generate_latest(self.registry)


def measured(gauge: Gauge, value: float, fresh: float | None = None) -> None:
    """Set a gauge that tells NaN once this figure is older than `fresh` seconds (FRESH): an old one would be a lie."""
    until = time.monotonic() + (FRESH if fresh is None else fresh)
    gauge.set_function(lambda: value if time.monotonic() < until else math.nan)


async def watch_loop(metrics: Metrics, stop: asyncio.Event) -> None:
    """Measure how late the event loop is until `stop`: a blocked loop also blocks heartbeats to the broker."""
    step, worst, since = 0.5, 0.0, time.monotonic()
    while not stop.is_set():
        before = time.monotonic()
        await asyncio.sleep(step)
        now = time.monotonic()
        worst = max(worst, now - before - step)
        if now - since >= 10:  # noqa: PLR2004 - seconds of one measurement, as the metric says
            metrics.loop_lag.set(worst)
            worst, since = 0.0, now
