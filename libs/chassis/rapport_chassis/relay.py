"""The relay: sends outbox rows to Kafka in order per key, and deletes what the broker has acknowledged.

One relay per service leads (`lease.py`). It is state-based: it always asks for the first rows that are there, in order
of position, never for "rows after the last one", since a lower position may be committed later. Rows are deleted by
position, never by range, for the same reason. A crash between acknowledgement and delete sends rows again with the
same ids: consumers have inboxes. What leaves the outbox is counted in the same statement (`checkpoints.py`).
"""

from __future__ import annotations

import asyncio
import base64
import time
from contextlib import aclosing
from dataclasses import dataclass

import asyncpg
import orjson

from rapport_chassis import checkpoints, outbox
from rapport_chassis.bus import Bus
from rapport_chassis.closing import is_cancelling
from rapport_chassis.database import Database
from rapport_chassis.lease import Lease
from rapport_chassis.lifecycle import rest
from rapport_chassis.metrics import Metrics, measured
from rapport_chassis.observability import describe, get_logger, places
from rapport_chassis.sending import Sender
from rapport_chassis.topic_keeper import TopicKeeper
from rapport_chassis.wakes import Wakes

log = get_logger(__name__)

SILENCE = 15.0
"""Seconds without success after which the relay is not healthy."""


@dataclass(frozen=True, slots=True)
class RelayOptions:
    """Times in seconds. `stale_after`: a silent leader is put out; `patience`: see `Sender`."""

    batch: int = 500
    poll_least: float = 0.005
    poll_most: float = 2.0
    stale_after: float = 10.0
    send_within: float = 30.0
    patience: float = 60.0
    measure_every: float = 5.0
    most_waiting: int = 20_000


class Relay:
    """The relay of one service. `run` it until stopped; several may run at once: one leads, the others stand by."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        *,
        service: str,
        metrics: Metrics,
        wakes: Wakes | None = None,
        topics: TopicKeeper | None = None,
        options: RelayOptions | None = None,
    ) -> None:
        """`wakes` is that of the service's WorkFactory: a commit in this process wakes the relay. Facts for topics that
        `topics` misses are not sent yet.
        """
        self._database = database
        self._bus = bus
        self._service = service
        self._metrics = metrics
        metrics.begin_relay(service)
        self._wakes = wakes or Wakes()
        self._topics = topics
        self._options = options or RelayOptions()
        self._well_at = time.monotonic()
        self._why = "starting"
        self._parked = False
        self._counting = False
        self._blocked: dict[str, tuple[float, str]] = {}
        self._measured = 0.0
        self.leading = False

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until `stop`; the round in hand is finished. Database and broker may come and go meanwhile."""
        pause = 0.1
        while not stop.is_set():
            lease = Lease(self._database, outbox.RELAY, stale_after=self._options.stale_after)
            began = time.monotonic()
            try:
                if await lease.acquire(stop, seen=self._well):
                    log.info("relay.leads", service=self._service, epoch=lease.epoch)
                    await self._lead(lease, stop)
            except BaseException as error:
                # Whatever ends a leadership, the next one starts clean; also a CancelledError that a client lets escape.
                if is_cancelling(error) or not isinstance(error, Exception | asyncio.CancelledError):
                    raise
                self._fault("lease", type(error).__name__)
                log.warning("relay.lost", service=self._service, error=describe(error), where=places(error))
                pause = 0.1 if time.monotonic() - began > SILENCE else min(pause * 2, 5.0)
                await rest(stop, pause)
            finally:
                self._lead_metric(leading=False)
                await lease.release()

    def trouble(self) -> str | None:
        """Why nothing has succeeded for 15 s (no round, no look at an empty outbox or at the leader), or which topic's facts
        have waited as long for it; None when all is well.
        """
        now = time.monotonic()
        if now - self._well_at >= SILENCE:
            return self._why or "no round ends"
        late = sorted(f"{topic}: {why}" for topic, (since, why) in self._blocked.items() if now - since >= SILENCE)
        return ", ".join(late) or None

    async def _lead(self, lease: Lease, stop: asyncio.Event) -> None:
        self._lead_metric(leading=True)
        self._measured = 0.0
        options = self._options
        sender = Sender(self._bus, within=options.send_within, patience=options.patience)
        pause = options.poll_least
        try:
            while not stop.is_set():
                await lease.beat()
                await self._measure(lease, sender)
                rows = await self._first_rows(lease, sender)
                settled = await self._round(lease, sender, rows) if rows and await self._counts(lease) else 0
                if not rows:
                    sender.waiting = 0
                    self._well()
                pause = options.poll_least if settled else min(pause * 2, options.poll_most)
                if not settled or len(rows) < options.batch:
                    await self._wakes.wait(outbox.RELAY, pause)
        except BaseException:
            await sender.abandon()
            raise
        await sender.close()

    async def _first_rows(self, lease: Lease, sender: Sender) -> list[asyncpg.Record]:
        """The first rows that can be sent; as many more as had to wait, so that those behind them are seen too."""
        asked = time.monotonic()
        limit = self._options.batch + min(sender.waiting, self._options.most_waiting)
        held = [*self._missing(), *sender.held(now=True)]
        query = _FREE_ROWS if self._parked else _ROWS
        rows: list[asyncpg.Record] = await lease.connection.fetch(query, limit, held)
        lease.confirmed(asked)
        return rows

    async def _counts(self, lease: Lease) -> bool:
        """Whether counting has begun; before that nothing is sent."""
        if not self._counting:
            self._counting = await checkpoints.begin(lease.connection, self._service, self._bus)
            if not self._counting:
                self._fault("connect", "the broker does not tell how far its topics go")
        return self._counting

    def _missing(self) -> frozenset[str]:
        return self._topics.missing if self._topics else frozenset()

    async def _round(self, lease: Lease, sender: Sender, rows: list[asyncpg.Record]) -> int:
        """Send the rows, delete the acknowledged, park the hopeless. How many were settled one way or the other."""
        settled = 0
        await lease.sure()
        async with aclosing(sender.send(rows, every=min(1.0, self._options.stale_after / 4))) as sending:
            async for acknowledged in sending:
                if acknowledged:
                    asked = time.monotonic()
                    await lease.connection.execute(checkpoints.COUNTED, acknowledged)
                    lease.confirmed(asked)
                    settled += len(acknowledged)
                await lease.beat()
        self._metrics.relay_sent.labels(self._service).inc(settled)
        for row, reason in sender.hopeless:
            await self._park(lease, row, reason)
            settled += 1
        for kind, why in sender.faults:
            self._fault(kind, why)
        if settled:
            self._well()
        return settled

    async def _park(self, lease: Lease, row: asyncpg.Record, reason: str) -> None:
        """Out of the way, with its key: later rows of the key wait in the outbox until it is released or dropped."""
        plain = outbox.envelope(row).to_headers(self._bus.schemas)
        headers = [[name, base64.b64encode(value).decode()] for name, value in plain]
        async with lease.connection.transaction():
            await lease.connection.execute(_PARK, row["position"], outbox.RELAY, reason, orjson.dumps(headers).decode())
            await lease.connection.execute(_DELETE, [row["position"]])
        self._parked = True
        self._fault("parked", reason)
        log.error("relay.parked", service=self._service, type=row["type"], event_id=str(row["id"]), reason=reason)

    async def _measure(self, lease: Lease, sender: Sender) -> None:
        if time.monotonic() - self._measured < self._options.measure_every:
            return
        self._measured = time.monotonic()
        row = await lease.connection.fetchrow(_MEASURE, outbox.RELAY)
        measured(self._metrics.outbox_depth.labels(self._service), row["depth"])
        measured(self._metrics.outbox_oldest.labels(self._service), row["oldest"])
        self._parked = row["parked"]
        missing = dict.fromkeys(self._missing(), self._topics.why if self._topics else "")
        await self._measure_blocked(lease, {**sender.held(), **missing})

    async def _measure_blocked(self, lease: Lease, held: dict[str, str]) -> None:
        """Which of the topics that cannot be sent to have facts waiting."""
        waiting = await lease.connection.fetch(_WAITING, list(held)) if held else []
        before, now = self._blocked, time.monotonic()
        self._blocked = {topic: (before[topic][0] if topic in before else now, held[topic]) for (topic,) in waiting}
        for topic, (_, why) in sorted(self._blocked.items()):
            self._metrics.relay_failures.labels(self._service, "blocked").inc()
            log.error("relay.blocked", service=self._service, topic=topic, reason=why)

    def _lead_metric(self, *, leading: bool) -> None:
        """The figures of the outbox go by age: a process that does not lead does not know them."""
        self.leading = leading
        self._blocked = {}
        self._metrics.relay_leading.labels(self._service).set(int(leading))

    def _well(self) -> None:
        self._well_at, self._why = time.monotonic(), ""

    def _fault(self, kind: str, why: str) -> None:
        self._why = f"{kind}: {why}"
        self._metrics.relay_failures.labels(self._service, kind).inc()


_ROWS = """
    SELECT position, id, aggregatetype, aggregateid, type, source, time, sequence, actor, correlationid, causationid,
           traceparent, payload, signature
    FROM outbox WHERE aggregatetype <> ALL ($2::text[]) ORDER BY position LIMIT $1
"""
# In one statement, hence one snapshot, with the check of the park: a released row comes back at its old position, before
# the rows of its key that waited for it.
_FREE_ROWS = """
    SELECT position, id, aggregatetype, aggregateid, type, source, time, sequence, actor, correlationid, causationid,
           traceparent, payload, signature
    FROM outbox o
    WHERE aggregatetype <> ALL ($2::text[]) AND
          NOT EXISTS (SELECT FROM parked p WHERE p.consumer = 'relay' AND p.state = 'parked' AND p.topic = o.aggregatetype
                      AND p.key = convert_to(o.aggregateid::text, 'UTF8'))
    ORDER BY position LIMIT $1
"""
_WAITING = "SELECT DISTINCT aggregatetype FROM outbox WHERE aggregatetype = ANY ($1::text[])"
_DELETE = "DELETE FROM outbox WHERE position = ANY($1::bigint[])"
_PARK = """
    INSERT INTO parked (consumer, topic, partition, "offset", key, headers, value, event_id, type, reason, attempts)
    SELECT $2, aggregatetype, -1, position, convert_to(aggregateid::text, 'UTF8'), $4::jsonb, payload, id, type, $3, 1
    FROM outbox WHERE position = $1
    ON CONFLICT (consumer, topic, partition, "offset") DO UPDATE SET
        state = 'parked', value = excluded.value, headers = excluded.headers, reason = excluded.reason,
        attempts = parked.attempts + 1, parked_at = now(), settled_at = NULL, settled_by = NULL
"""
_MEASURE = """
    SELECT (SELECT count(*) FROM (SELECT FROM outbox LIMIT 100000) AS first_rows) AS depth,
           coalesce((SELECT extract(epoch FROM clock_timestamp() - created_at) FROM outbox ORDER BY position LIMIT 1),
                    0)::float8 AS oldest,
           EXISTS (SELECT FROM parked WHERE consumer = $1 AND state = 'parked') AS parked
"""
