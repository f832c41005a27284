"""How many who are not content do not complain: counted from answers to surveys and complaints (S57)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rapport_chassis.work import Work
from rapport_contracts.vocabulary import Band
from sqlalchemy import text

LOW = (Band.DETRACTOR, Band.DISSATISFIED, Band.HARD)
"""Bands of a customer who is not content."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Customers with a low answer in a period whose time to complain is over: `low`, and of these `silent` without a
    complaint in the days around their first one. `undecided` may still complain; `unknown` are low answers of nobody known.
    `complainants` are customers who complained in the period."""

    low: int
    silent: int
    undecided: int
    unknown: int
    complainants: int


async def count_silence(work: Work, start: datetime | None, stop: datetime | None, days: int) -> Silence:
    """One statement. A complaint that was imported counts like any other; a duplicate is its customer's voice too."""
    values: dict[str, Any] = {
        "start": start,
        "stop": stop,
        "days": days,
        "low": [str(band) for band in LOW],
        "now": work.now,
    }
    row = (await work.connection.execute(_SILENCE, values)).one()
    return Silence(**row._mapping)  # noqa: SLF001 - its public name


_SILENCE = text(
    """
    WITH period AS (
        SELECT coalesce(CAST(:start AS timestamptz), '-infinity') AS start,
            coalesce(CAST(:stop AS timestamptz), 'infinity') AS stop
    ), answers AS (
        SELECT s.customer_id, s.scored_at FROM scores s, period p
        WHERE s.scored_at >= p.start AND s.scored_at < p.stop AND s.band = ANY (CAST(:low AS text[]))
    ), customers AS (
        SELECT customer_id, min(scored_at) AS at FROM answers WHERE customer_id IS NOT NULL GROUP BY customer_id
    ), judged AS (
        SELECT at + make_interval(days => :days) > CAST(:now AS timestamptz) AS early, EXISTS (
            SELECT FROM complaints c WHERE c.customer_id = k.customer_id
                AND c.received_at BETWEEN k.at - make_interval(days => :days) AND k.at + make_interval(days => :days)
        ) AS complained FROM customers k
    )
    SELECT count(*) FILTER (WHERE complained OR NOT early) AS low,
        count(*) FILTER (WHERE NOT complained AND NOT early) AS silent,
        count(*) FILTER (WHERE NOT complained AND early) AS undecided,
        (SELECT count(*) FROM answers WHERE customer_id IS NULL) AS unknown,
        (SELECT count(DISTINCT c.customer_id) FROM complaints c, period p
         WHERE c.customer_id IS NOT NULL AND c.received_at >= p.start AND c.received_at < p.stop) AS complainants
    FROM judged
    """
)
