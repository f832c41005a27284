"""Pushed events and the queue of interactions to fold: one statement takes a whole batch in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from rapport_chassis.work import Work
from rapport_contracts.codes import STORED
from rapport_contracts.interactions.inbound import CallEvent

FOLD = "fold-calls"
"""Name of the loop that folds."""


@dataclass(slots=True)
class NewEvent:
    """An event as it is kept. `data` and `identifiers` are JSON texts; `digest` is keyed and covers the whole event."""

    event_id: str
    interaction_id: UUID
    digest: bytes
    data: str
    identifiers: str | None


@dataclass(frozen=True, slots=True)
class Added:
    """Ids of events that were new, and of those among them whose call was closed before."""

    new: frozenset[str]
    late: frozenset[str]


@dataclass(frozen=True, slots=True)
class Identified:
    """An identifier as kept: `sealed` for the private topic; `mark` tells equal ones of one contact."""

    kind: str
    sealed: str
    mark: str


@dataclass(frozen=True, slots=True)
class StoredCall:
    """One call as it is kept: its events without identifiers, and the identifiers apart."""

    source: str
    call_id: str
    events: list[CallEvent]
    identifiers: list[Identified]


@dataclass(frozen=True, slots=True)
class Due:
    """An interaction to fold, and on whose behalf."""

    interaction_id: UUID
    traceparent: str | None


class CallEvents:
    """Call events in the transaction of a work."""

    def __init__(self, work: Work) -> None:
        """Open it with `work.store(CallEvents)`."""
        self._work = work

    async def add(self, source: str, events: Sequence[NewEvent]) -> Added:
        """Keep the events whose ids are new and queue their calls for folding: ONE statement.

        Ids within `events` are distinct.
        """
        # In order of the id, so that two batches with the same events wait for each other rather than deadlock.
        rows = sorted(events, key=lambda event: event.event_id)
        connection = await self._work.raw()
        added = await connection.fetchrow(
            _ADD,
            source,
            [row.interaction_id for row in rows],
            [row.digest for row in rows],
            [row.data for row in rows],
            [row.identifiers for row in rows],
            self._work.cause.traceparent,
        )
        if added["new"]:
            self._work.wake(FOLD)
        return Added(frozenset(added["new"]), frozenset(added["late"]))

    async def digests(self, source: str, event_ids: Sequence[str]) -> Mapping[str, bytes]:
        """The digests of events that are kept, by id."""
        connection = await self._work.raw()
        rows = await connection.fetch(_DIGESTS, source, list(event_ids))
        return {row["event_id"]: row["digest"] for row in rows}

    async def take_due(self, limit: int) -> list[Due]:
        """Take up to `limit` entries of the queue for this transaction; each interaction once.

        The entries stay in the queue if the transaction does not commit. Only one replica at a time may do this.
        """
        connection = await self._work.raw()
        rows = await connection.fetch(_TAKE, limit)
        latest = {row["interaction_id"]: row for row in sorted(rows, key=lambda row: int(row["id"]))}
        return [Due(key, row["traceparent"]) for key, row in latest.items()]

    async def of(self, interaction_ids: Sequence[UUID]) -> dict[UUID, StoredCall]:
        """All events of these interactions: one statement."""
        connection = await self._work.raw()
        calls: dict[UUID, StoredCall] = {}
        for row in await connection.fetch(_OF, list(interaction_ids)):
            call = calls.get(row["interaction_id"])
            if call is None:
                call = calls[row["interaction_id"]] = StoredCall(row["source"], row["call_id"], [], [])
            call.events.append(CallEvent.model_validate_json(row["data"], context=STORED))
            if row["identifiers"] is not None:
                call.identifiers.extend(Identified(**found) for found in row["identifiers"])
        return calls

    async def forget_identifiers(self, interaction_ids: Sequence[UUID]) -> None:
        """Drop the identifiers of these contacts, whose customers are known: one statement."""
        connection = await self._work.raw()
        await connection.execute(_FORGET, list(interaction_ids))


_ADD = """
    WITH incoming AS MATERIALIZED (
        -- Few arrays: reading a value from the document here costs less than sending it twice.
        SELECT interaction_id, digest, data::jsonb AS data, identifiers::jsonb AS identifiers
        FROM unnest($2::uuid[], $3::bytea[], $4::text[], $5::text[]) AS e(interaction_id, digest, data, identifiers)
    ), added AS (
        INSERT INTO call_events (source, event_id, interaction_id, call_id, type, occurred_at, digest, data, identifiers)
        SELECT $1, data ->> 'event_id', interaction_id, data ->> 'call_id', data ->> 'type',
            (data ->> 'occurred_at')::timestamptz, digest, data, identifiers
        FROM incoming
        ON CONFLICT (source, event_id) DO NOTHING
        RETURNING event_id, interaction_id
    ), calls AS MATERIALIZED (
        -- The snapshot is from before this statement: an event is late when its call was closed by an earlier batch.
        -- Not EXISTS: while the statistics are missing that reads the whole table, 58 of 73 ms at 185,000 events.
        SELECT array_agg(event_id) AS events, interaction_id, coalesce((
            SELECT true FROM call_events c
            WHERE c.interaction_id = a.interaction_id AND c.type IN ('ended', 'wrapped_up', 'recorded') LIMIT 1
        ), (
            SELECT true FROM interactions i WHERE i.id = a.interaction_id AND i.timed_out_at IS NOT NULL LIMIT 1
        ), false) AS closed
        FROM added a GROUP BY interaction_id
    ), queued AS (
        INSERT INTO fold_queue (interaction_id, traceparent) SELECT interaction_id, $6::text FROM calls
    )
    -- One row with two arrays: a row for each event costs the driver more than the events themselves.
    SELECT coalesce(array_agg(event_id), '{}') AS new, coalesce(array_agg(event_id) FILTER (WHERE closed), '{}') AS late
    FROM calls, unnest(events) AS event_id
"""
_DIGESTS = "SELECT event_id, digest FROM call_events WHERE source = $1 AND event_id = ANY($2::text[])"
_TAKE = """
    DELETE FROM fold_queue WHERE id = ANY (ARRAY(SELECT id FROM fold_queue ORDER BY id LIMIT $1))
    RETURNING id, interaction_id, traceparent
"""
_OF = """
    -- OFFSET 0 keeps the planner from joining: it always looks each contact up, whatever it thinks of the table's size.
    SELECT interaction_id, source, call_id, data, identifiers FROM unnest($1::uuid[]) AS wanted(id), LATERAL (
        SELECT interaction_id, source, call_id, data::text AS data, identifiers, occurred_at, event_id
        FROM call_events WHERE interaction_id = wanted.id OFFSET 0
    ) AS e ORDER BY occurred_at, event_id
"""
_FORGET = """
    UPDATE call_events SET identifiers = NULL WHERE interaction_id = ANY($1::uuid[]) AND identifiers IS NOT NULL
"""
