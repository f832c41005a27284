"""Complaints that came again: the same customer, the same cause, after closing. One statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from rapport_chassis.work import Work
from sqlalchemy import text


@dataclass(frozen=True, slots=True)
class Recurrences:
    """Closed complaints of one cause (None: none is known). `n` could be watched for the whole time, `repeated` of them
    came again; the others are left out: `watched` are not closed for long enough, of `nameless` the customer is not known,
    of those without a cause all are `causeless`."""

    cause: str | None
    n: int
    repeated: int
    watched: int
    nameless: int
    causeless: int


async def count_recurrences(work: Work, start: datetime | None, end: datetime | None, after: timedelta) -> list[Recurrences]:
    """Of complaints closed from `start` on and before `end`, by cause, in its order."""
    asked = {"start": start, "end": end, "after": after, "now": work.now}
    rows = (await work.connection.execute(RECURRENCES, asked)).mappings()
    return [Recurrences(**row) for row in rows]


RECURRENCES = text(
    """
    WITH closed AS (
        SELECT c.id, c.cause, c.customer_id, c.closed_at, CASE
            WHEN c.cause IS NULL THEN 'causeless'
            WHEN c.customer_id IS NULL THEN 'nameless'
            WHEN c.closed_at + CAST(:after AS interval) > CAST(:now AS timestamptz) THEN 'watched'
            ELSE 'counted' END AS what
        FROM complaints c
        WHERE c.state = 'closed' AND c.closed_at IS NOT NULL
            AND c.closed_at >= coalesce(CAST(:start AS timestamptz), '-infinity')
            AND c.closed_at < coalesce(CAST(:end AS timestamptz), 'infinity')
    )
    SELECT cause,
        CAST(count(*) FILTER (WHERE what = 'counted') AS integer) AS n,
        CAST(count(*) FILTER (WHERE what = 'counted' AND EXISTS (
            SELECT FROM complaints o WHERE o.customer_id = closed.customer_id AND o.id <> closed.id
                AND o.received_at > closed.closed_at
                AND o.received_at <= closed.closed_at + CAST(:after AS interval)
                AND o.state <> 'duplicate' AND (o.cause = closed.cause OR o.recurrence_of = closed.id)
        )) AS integer) AS repeated,
        CAST(count(*) FILTER (WHERE what = 'watched') AS integer) AS watched,
        CAST(count(*) FILTER (WHERE what = 'nameless') AS integer) AS nameless,
        CAST(count(*) FILTER (WHERE what = 'causeless') AS integer) AS causeless
    FROM closed GROUP BY cause ORDER BY cause
    """
)
