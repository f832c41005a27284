"""What a worker measures in the database for its service, a few seconds apart: the park, timers that were given up, and how
many connections the server has left. The database itself counts, so that what one process parks every worker tells."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import text

from rapport_chassis import outbox
from rapport_chassis.loops import Loop
from rapport_chassis.metrics import Metrics, measured
from rapport_chassis.work import Work

EVERY = timedelta(seconds=15)


def measuring(metrics: Metrics, service: str, consumers: Collection[str]) -> Loop:
    """The loop. Each of `consumers` (names of groups) and the relay has its figure of the park, with nothing parked 0."""
    known = {*consumers, outbox.RELAY}

    async def measure(work: Work) -> int:
        parked = {row.consumer: row.messages for row in await work.connection.execute(_PARKED)}
        known.update(parked)
        for consumer in known:
            measured(metrics.parked_open.labels(service, consumer), parked.get(consumer, 0))
        found = (await work.connection.execute(_COUNTED)).one()
        measured(metrics.timers_parked_open.labels(service), found.timers)
        measured(metrics.connections.labels(service), found.connections)
        measured(metrics.connections_most.labels(service), found.most)
        return 0  # never has more to do at once

    return Loop("figures", measure, every=EVERY, alone=False)


_PARKED = text("SELECT consumer, count(*) AS messages FROM parked WHERE state = 'parked' GROUP BY consumer")
_COUNTED = text(
    """
    SELECT (SELECT count(*) FROM timers WHERE parked_at IS NOT NULL) AS timers,
           (SELECT sum(numbackends) FROM pg_stat_database)::float8 AS connections,
           (current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int)::float8 AS most
    """
)
