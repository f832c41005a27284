"""The outbox: facts are inserted in the transaction that made them true, and sent later by the relay (`relay.py`).

Rows get their `position` while the writer holds the row lock of the aggregate (its UPDATE or INSERT comes first), so
that the order of positions is the order of facts for every aggregate.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import asyncpg
from rapport_contracts.envelope import Envelope

from rapport_chassis import observability
from rapport_chassis.provenance import sign

if TYPE_CHECKING:
    from rapport_chassis.actor import Cause
    from rapport_chassis.work import Recorded, Work

RELAY = "relay"
"""Name of the relay: in wake-ups, in the lease, and as the consumer of what could not be sent in the parked store."""


async def insert(work: Work, facts: Sequence[Recorded]) -> None:
    """Write the facts of one work with ONE statement, in its transaction; the caller has flushed its aggregates before.

    Numbers are versions of aggregates; of a key whose facts in the log go further than a restored table they go on there.
    """
    if not facts:
        return
    causes = [work.cause_of(fact) for fact in facts]
    events = [fact.event for fact in facts]
    payloads = [event.write() for event in events]
    connection = await work.raw()
    await connection.execute(
        _INSERT,
        [fact.id for fact in facts],
        [event.topic for event in events],
        [fact.key for fact in facts],
        [event.event_type for event in events],
        work.now,
        [fact.sequence for fact in facts],
        [cause.correlation_id for cause in causes],
        [cause.causation_id for cause in causes],
        [_trace(cause) for cause in causes],
        payloads,
        work.source,
        str(work.actor),
        [_signature(work, *each) for each in zip(facts, payloads, strict=True)],
    )


def envelope(row: asyncpg.Record) -> Envelope:
    """The envelope of an outbox row."""
    return Envelope(
        row["id"],
        row["type"],
        row["source"],
        row["time"],
        row["aggregateid"],
        int(row["sequence"]),
        row["actor"],
        row["correlationid"],
        row["causationid"],
        row["traceparent"],
        row["signature"],
    )


def _signature(work: Work, fact: Recorded, payload: bytes) -> str | None:
    """Of a fact that is signed: here and not by the relay, which holds no keys."""
    if not fact.event.signed:
        return None
    told = Envelope(fact.id, fact.event.event_type, work.source, work.now, fact.key, fact.sequence)
    return sign(told, payload, work.vault.keys)


def _trace(cause: Cause) -> str:
    """A new span in the trace that led here; without one, the correlation is the trace."""
    return observability.child(cause.traceparent or observability.traceparent(cause.correlation_id))


_INSERT = """
    INSERT INTO outbox (id, aggregatetype, aggregateid, type, time, sequence, correlationid, causationid, traceparent,
                        payload, source, actor, signature)
    SELECT id, topic, f.key, type, $5, lpad(CAST(sequence + coalesce(ahead, 0) AS text), 20, '0'),
        correlation, causation, trace, payload, $11, $12, signature
    FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $6::bigint[], $7::uuid[], $8::uuid[], $9::text[],
                $10::bytea[], $13::text[])
         WITH ORDINALITY AS f(id, topic, key, type, sequence, correlation, causation, trace, payload, signature, place)
         LEFT JOIN sequences_ahead a ON a.key = f.key
    ORDER BY place
"""
