"""How many who are not content do not complain: counted from answers to surveys and complaints (S57)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rapport_chassis.work import Work
from sqlalchemy import text


@dataclass(frozen=True, slots=True)
class Silence:
    """Customers with a low answer in a period whose time to complain is over: `low`, and of these `silent` without a
    complaint in the days around their first one. `undecided` are those whose time is not over, whether they complained or
    not: who complains at once would count, who is silent would not. `unknown` are low answers of nobody known, `unbanded`
    answers of which nobody knows whether they were low. `complainants` are customers who complained in the period,
    `unknown_complaints` complaints of nobody known."""

    low: int
    silent: int
    undecided: int
    unknown: int
    unbanded: int
    complainants: int
    unknown_complaints: int


async def count_silence(
    work: Work, start: datetime | None, stop: datetime | None, days: int, low_bands: Sequence[str]
) -> Silence:
    """One statement. A complaint that was imported counts like any other; a duplicate is its customer's voice too."""
    values: dict[str, Any] = {
        "start": start,
        "stop": stop,
        "days": days,
        "low": list(low_bands),
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
        SELECT s.customer_id, s.scored_at, s.band IS NULL AS unbanded FROM scores s, period p
        WHERE s.scored_at >= p.start AND s.scored_at < p.stop
            AND (s.band IS NULL OR s.band = ANY (CAST(:low AS text[])))
    ), filed AS (
        SELECT c.customer_id FROM complaints c, period p WHERE c.received_at >= p.start AND c.received_at < p.stop
    ), customers AS (
        SELECT customer_id, min(scored_at) AS at FROM answers
        WHERE customer_id IS NOT NULL AND NOT unbanded GROUP BY customer_id
    ), judged AS (
        SELECT at + make_interval(days => :days) > CAST(:now AS timestamptz) AS early, EXISTS (
            SELECT FROM complaints c WHERE c.customer_id = k.customer_id
                AND c.received_at BETWEEN k.at - make_interval(days => :days) AND k.at + make_interval(days => :days)
        ) AS complained FROM customers k
    )
    SELECT count(*) FILTER (WHERE NOT early) AS low,
        count(*) FILTER (WHERE NOT complained AND NOT early) AS silent,
        count(*) FILTER (WHERE early) AS undecided,
        (SELECT count(*) FROM answers WHERE customer_id IS NULL AND NOT unbanded) AS unknown,
        (SELECT count(*) FROM answers WHERE unbanded) AS unbanded,
        (SELECT count(DISTINCT customer_id) FROM filed) AS complainants,
        (SELECT count(*) FROM filed WHERE customer_id IS NULL) AS unknown_complaints
    FROM judged
    """
)
