"""The limits that are counted in a calendar: of clocks and repairs that run, and of policies that hold now or will."""

from __future__ import annotations

from rapport_chassis.work import Work
from sqlalchemy import text

from rapport_complaints.clocks.domain.policies import Target, Unit


async def limits_under(work: Work, calendar: str) -> list[Target]:
    """Each once, whatever their number; one statement."""
    rows = await work.connection.execute(_LIMITS, {"calendar": calendar, "now": work.now})
    return [Target(amount=row.amount, unit=Unit(row.unit)) for row in rows]


_LIMITS = text(
    """
    WITH policies AS (
        SELECT code, version, body, effective_from FROM sla_policies
        UNION ALL SELECT 'repairs ' || code, version, body, effective_from FROM repair_policies
        UNION ALL SELECT 'major ' || code, version, body, effective_from FROM major_policies
    ), held AS (
        SELECT p.body FROM policies p WHERE p.body ->> 'calendar' = :calendar AND NOT EXISTS (
            SELECT FROM policies n WHERE n.code = p.code AND n.version > p.version AND n.effective_from <= :now)
    ), named AS (
        SELECT jsonb_path_query(body, '$.**{0 to 6} ? (exists(@.amount) && exists(@.unit))') AS target FROM held
      UNION ALL
        SELECT limits -> 'target' FROM repairs, jsonb_array_elements(limits) AS limits
        WHERE calendar = :calendar AND ended_at IS NULL
      UNION ALL
        SELECT jsonb_build_object('amount', target_amount + extended, 'unit', target_unit) FROM clocks
        WHERE calendar = :calendar AND state IN ('running', 'paused')
    )
    SELECT DISTINCT least(CAST(target ->> 'amount' AS integer), 10000) AS amount, target ->> 'unit' AS unit FROM named
    WHERE jsonb_typeof(target) = 'object'
    """
)
