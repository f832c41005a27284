"""Complaints that may be about the same matter as one, found without loading any; one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rapport_kernel.errors import NotFound
from sqlalchemy import text

from rapport_complaints.work import ComplaintsWork

MOST = 50


@dataclass(frozen=True, slots=True)
class Similar:
    """One of them, with the reasons: `same-interaction`, `same-customer`, `same-touchpoint`."""

    id: UUID
    number: str
    state: str
    category: str
    touchpoint: str | None
    customer_id: UUID | None
    received_at: datetime
    reasons: list[str]


async def find_similar(work: ComplaintsWork, complaint_id: UUID) -> list[Similar]:
    """Those of the same interaction, of the same customer, or of the same category at the same touchpoint as many days
    around it as its policy says; most reasons first, then the nearest in time, 50 at most. Duplicates are not among them:
    they cannot be the original. Raises NotFound."""
    rows = (await work.connection.execute(SIMILAR, {"id": complaint_id, "most": MOST})).mappings().all()
    if not rows:
        raise NotFound
    return [Similar(**row) for row in rows if row["id"] is not None]


SIMILAR = text(
    """
    WITH one AS (
        SELECT c.id, c.customer_id, c.interaction_id, c.category, c.touchpoint, c.received_at,
            make_interval(days => coalesce((
                SELECT (p.body ->> 'similar_days')::int FROM sla_policies p
                WHERE p.code = c.policy AND p.version = c.policy_version
            ), 30)) AS around
        FROM complaints c WHERE c.id = :id
    ), found AS (
        (SELECT o.id, 'same-interaction' AS reason, 1 AS rank FROM one JOIN complaints o
            ON o.interaction_id = one.interaction_id
        WHERE o.id <> one.id AND o.state <> 'duplicate' LIMIT :most)
        UNION ALL
        (SELECT o.id, 'same-customer', 2 FROM one JOIN complaints o ON o.customer_id = one.customer_id
        WHERE o.id <> one.id AND o.state <> 'duplicate' ORDER BY o.received_at DESC LIMIT :most)
        UNION ALL
        (SELECT o.id, 'same-touchpoint', 3 FROM one JOIN complaints o ON o.category = one.category
            AND o.touchpoint = one.touchpoint
            AND o.received_at BETWEEN one.received_at - one.around AND one.received_at + one.around
        WHERE o.id <> one.id AND o.state <> 'duplicate' ORDER BY o.received_at DESC LIMIT :most)
    ), together AS (
        SELECT id, array_agg(reason ORDER BY rank) AS reasons FROM found GROUP BY id
    )
    SELECT o.id, o.number, o.state, o.category, o.touchpoint, o.customer_id, o.received_at, t.reasons
    FROM one LEFT JOIN together t ON true LEFT JOIN complaints o ON o.id = t.id
    ORDER BY cardinality(t.reasons) DESC NULLS LAST, t.reasons,
        greatest(o.received_at - one.received_at, one.received_at - o.received_at), o.id
    LIMIT :most
    """
)
