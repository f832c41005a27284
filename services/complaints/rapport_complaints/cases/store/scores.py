"""What customers answered to surveys, which recovery cases they judge by it, and figures about recovery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from rapport_chassis.database import to_json
from rapport_chassis.work import Work
from rapport_contracts.satisfaction.scores import SatisfactionScored
from sqlalchemy import text


async def put_scores(work: Work, told: Sequence[SatisfactionScored]) -> None:
    """Keep the answers; one that is there already stays. One statement."""
    rows = [
        {
            "invitation_id": each.invitation_id,
            "customer_id": each.customer_id,
            "interaction_id": each.interaction_id,
            "complaint_id": each.complaint_id,
            "metric": str(each.metric),
            "value": each.value,
            "band": str(each.band),
            "scored_at": each.scored_at,
        }
        for each in told
    ]
    await work.connection.execute(_PUT, {"rows": to_json(rows)})


async def judged_by(work: Work, told: Sequence[SatisfactionScored]) -> dict[UUID, list[UUID]]:
    """For each invitation the cases that its answer is about and that wait for one; one statement."""
    rows = [
        {"invitation_id": each.invitation_id, "recovery_id": each.recovery_id, "complaint_id": each.complaint_id}
        for each in told
        if each.recovery_id is not None or each.complaint_id is not None
    ]
    found: dict[UUID, list[UUID]] = {}
    if rows:
        for row in await work.connection.execute(_JUDGED, {"rows": to_json(rows)}):
            found.setdefault(row.invitation_id, []).append(row.id)
    return found


@dataclass(frozen=True, slots=True)
class Recovered:
    """Cases identified in a period: how many were done, the median of the seconds until then, how many are not done; how
    often customers accepted, declined or let lapse, and were content or not."""

    identified: int
    executed: int
    median_seconds: float | None
    accepted: int
    declined: int
    expired: int
    verified: int
    failed: int


@dataclass(frozen=True, slots=True)
class Money:
    """What was awarded of one kind in one category and currency in a period; the sums of the ledger."""

    kind: str
    category: str
    currency: str
    n: int
    awarded: Decimal
    paid: Decimal
    came_back: Decimal


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """One metric of the same customers before their first recovery and after it was done: how many have both, how many only
    one of the two; the means, and mean and standard deviation of the differences."""

    metric: str
    n: int
    only_before: int
    only_after: int
    before: float | None
    after: float | None
    change: float | None
    deviation: float | None


async def recovered(work: Work, start: datetime | None, stop: datetime | None) -> Recovered:
    """One statement."""
    row = (await work.connection.execute(_RECOVERED, {"start": start, "stop": stop})).one()
    return Recovered(**row._mapping)  # noqa: SLF001 - its public name


async def money_by_kind(work: Work, start: datetime | None, stop: datetime | None) -> list[Money]:
    """By kind, category and currency, in this order; one statement."""
    rows = await work.connection.execute(_MONEY, {"start": start, "stop": stop})
    return [Money(**row._mapping) for row in rows]  # noqa: SLF001


async def before_and_after(work: Work, start: datetime | None, stop: datetime | None) -> list[BeforeAfter]:
    """By metric: metrics are never mixed; one statement."""
    rows: Any = await work.connection.execute(_BEFORE_AFTER, {"start": start, "stop": stop})
    return [BeforeAfter(**row._mapping) for row in rows]  # noqa: SLF001


_PUT = text(
    """
    INSERT INTO scores (invitation_id, customer_id, interaction_id, complaint_id, metric, value, band, scored_at)
    SELECT invitation_id, customer_id, interaction_id, complaint_id, metric, value, band, scored_at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS k(
        invitation_id uuid, customer_id uuid, interaction_id uuid, complaint_id uuid, metric text, value double precision,
        band text, scored_at timestamptz)
    ORDER BY invitation_id ON CONFLICT (invitation_id) DO NOTHING
    """
)
_JUDGED = text(
    """
    SELECT k.invitation_id, r.id
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS k(invitation_id uuid, recovery_id uuid, complaint_id uuid)
    JOIN recovery_cases r ON r.id = k.recovery_id OR (k.recovery_id IS NULL AND r.complaint_id = k.complaint_id)
    WHERE r.state = 'executed' ORDER BY r.id
    """
)
_IN_PERIOD = """
    (CAST(:start AS timestamptz) IS NULL OR r.identified_at >= CAST(:start AS timestamptz))
    AND (CAST(:stop AS timestamptz) IS NULL OR r.identified_at < CAST(:stop AS timestamptz))
"""
_RECOVERED = text(
    f"""
    WITH cases AS (SELECT r.id, r.identified_at FROM recovery_cases r WHERE {_IN_PERIOD}),
    moves AS (
        SELECT c.subject_id, c.move, min(c.at) AS first, count(*) AS n FROM history c JOIN cases ON cases.id = c.subject_id
        WHERE c.move IN ('execute', 'accept', 'decline', 'expire', 'verify', 'fail') GROUP BY c.subject_id, c.move
    )
    SELECT (SELECT count(*) FROM cases) AS identified,
        count(*) FILTER (WHERE move = 'execute') AS executed,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM first - identified_at)::double precision)
            FILTER (WHERE move = 'execute') AS median_seconds,
        coalesce(sum(n) FILTER (WHERE move = 'accept'), 0)::bigint AS accepted,
        coalesce(sum(n) FILTER (WHERE move = 'decline'), 0)::bigint AS declined,
        coalesce(sum(n) FILTER (WHERE move = 'expire'), 0)::bigint AS expired,
        coalesce(sum(n) FILTER (WHERE move = 'verify'), 0)::bigint AS verified,
        coalesce(sum(n) FILTER (WHERE move = 'fail'), 0)::bigint AS failed
    FROM moves JOIN cases ON cases.id = moves.subject_id
    """  # noqa: S608 - our own words
)
_MONEY = text(
    f"""
    SELECT c.kind, r.category, c.currency, count(DISTINCT c.id) AS n,
        coalesce(sum(e.amount) FILTER (WHERE e.kind = 'award'), 0)
            - coalesce(sum(e.amount) FILTER (WHERE o.kind = 'award'), 0) AS awarded,
        coalesce(sum(e.amount) FILTER (WHERE e.kind = 'payment'), 0) AS paid,
        coalesce(sum(e.amount) FILTER (WHERE o.kind = 'payment'), 0) AS came_back
    FROM recovery_cases r JOIN compensations c ON c.recovery_id = r.id
    JOIN compensation_ledger e ON e.compensation_id = c.id LEFT JOIN compensation_ledger o ON o.id = e.reverses
    WHERE {_IN_PERIOD} GROUP BY c.kind, r.category, c.currency ORDER BY c.kind, r.category, c.currency
    """  # noqa: S608
)
_BEFORE_AFTER = text(
    f"""
    WITH recovered AS (
        SELECT r.customer_id, min(r.identified_at) AS began, min(r.executed_at) AS done FROM recovery_cases r
        WHERE r.customer_id IS NOT NULL AND r.executed_at IS NOT NULL AND {_IN_PERIOD} GROUP BY r.customer_id
    ), each_one AS (
        SELECT s.metric, s.customer_id, avg(s.value) FILTER (WHERE s.scored_at < w.began) AS before,
            avg(s.value) FILTER (WHERE s.scored_at >= w.unsaved_history) AS after
        FROM recovered w JOIN scores s ON s.customer_id = w.customer_id GROUP BY s.metric, s.customer_id
    )
    SELECT metric, count(*) FILTER (WHERE before IS NOT NULL AND after IS NOT NULL) AS n,
        count(*) FILTER (WHERE after IS NULL) AS only_before, count(*) FILTER (WHERE before IS NULL) AS only_after,
        avg(before) FILTER (WHERE after IS NOT NULL) AS before, avg(after) FILTER (WHERE before IS NOT NULL) AS after,
        avg(after - before) AS change, stddev_samp(after - before) AS deviation
    FROM each_one WHERE before IS NOT NULL OR after IS NOT NULL GROUP BY metric ORDER BY metric
    """  # noqa: S608
)
