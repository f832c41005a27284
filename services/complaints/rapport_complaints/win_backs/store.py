"""Win-backs and their policy; who is at risk, and who is silent (S57), each worked out for a set in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from rapport_chassis.columns import table_of
from rapport_chassis.customers import Owned, Part
from rapport_chassis.database import to_json
from rapport_chassis.filters import Changing, Dated, Is, Many, OneOf, Where, unset
from rapport_chassis.histories import HistoryStore, history
from rapport_chassis.lists import Keyset
from rapport_chassis.versions import VersionedKind, versions_table
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import WinBackOutcome, WinBackReason
from rapport_contracts.fields import Code, UtcTime
from sqlalchemy import Index, select, text

from rapport_complaints.cases.store.tables import complaints
from rapport_complaints.catalogue import WHOLE
from rapport_complaints.schema import metadata
from rapport_complaints.win_backs.domain import WIN_BACK_LIFE, AtRisk, WinBack, WinBackPolicy

win_backs = table_of(
    WinBack,
    "win_backs",
    metadata,
    Index("win_backs_requested", "requested_at", "id"),
    Index("win_backs_state", "state", "requested_at", "id"),
    Index("win_backs_reason", "reason", "requested_at", "id"),
    Index("win_backs_outcome", "outcome", "requested_at", "id", postgresql_where=text("outcome IS NOT NULL")),
    Index("win_backs_owner", "owner", "requested_at", "id", postgresql_where=text("owner IS NOT NULL")),
    Index("win_backs_customer", "customer_id", "reason", "requested_at"),
    Index("win_backs_complaint", "complaint_id", postgresql_where=text("complaint_id IS NOT NULL")),
    Index("win_backs_due", "due_at", "id", postgresql_where=text("closed_at IS NULL")),
    refers={"complaint_id": "complaints.id"},
    comment="One row for each customer and reason, at most one within the quiet days of the policy.",
)
win_back_policies = versions_table("win_back_policies", metadata, "When customers may be lost")
WIN_BACK_POLICIES = VersionedKind(win_back_policies, WinBackPolicy, "win-back-policy", only="standard", tells=WHOLE)

w = win_backs.c
BY_REQUEST = Keyset({"requested_at": w.requested_at, "due_at": w.due_at}, w.id, default="-requested_at")
OWNED = Owned(
    win_backs,
    known_by=("id", "complaint_id"),
    keyed_by="keyed_by",
    moves_with=("complaint_id", complaints, "id"),
    parts=[Part(history, "subject_id", sealed=("note", "salt"))],
)


class WinBacks(HistoryStore[WinBack]):
    """Win-backs."""

    table = win_backs
    kind = WinBack
    name = "win-back"
    check_timer = "win-back.due"

    async def at_risk(self, customers: Iterable[UUID], policy: WinBackPolicy) -> Sequence[AtRisk]:
        """Which reasons hold now for which of these customers. One transaction at a time, so that none is requested twice;
        customers who asked to be forgotten are left out."""
        connection = self.work.connection
        await connection.execute(_ONE_AT_A_TIME)
        values = {
            "customers": sorted(customers),
            "rules": to_json([rule.model_dump(mode="json") for rule in policy.rules]),
            "bands": [band.value for band in policy.low_bands],
            "now": self.work.now,
        }
        return [AtRisk(**row) for row in (await connection.execute(_AT_RISK, values)).mappings()]

    async def open_of(self, customers: Iterable[UUID]) -> list[WinBack]:
        """Those of these customers that are not closed, locked."""
        query = select(w.id).where(w.customer_id.in_(list(customers)), w.closed_at.is_(None))
        ids = list((await self.work.connection.execute(query)).scalars())
        return list((await self.get_many(ids, for_update=True)).values()) if ids else []


class WinBackFilters(Changing, Dated):
    """What a list of win-backs can be narrowed down to."""

    at = "requested_at"

    state: Annotated[Many[str] | None, OneOf(WIN_BACK_LIFE.states)] = None
    reason: Many[WinBackReason] | None = None
    outcome: Many[WinBackOutcome] | None = None
    customer: Annotated[UUID | None, Is("customer_id")] = None
    complaint: Annotated[UUID | None, Is("complaint_id")] = None
    assignee: Annotated[Many[Code] | None, Is("owner")] = Field(default=None, description="Who answers for it: its `owner`.")
    open: Annotated[bool | None, unset("closed_at")] = Field(default=None, description="Not closed yet, or closed.")
    due_before: Annotated[UtcTime | None, Where(lambda c, at: c.closed_at.is_(None) & (c.due_at < at))] = Field(
        default=None, description="Open, and due before this time."
    )


@dataclass(frozen=True, slots=True)
class Silence:
    """Customers with a low answer in a period: `low` are those whose time to complain is over, `silent` those without
    a complaint in the days around their first low answer. `undecided`: their time is not over, whether they have complained
    or not (counting only the ones who did would lower the share). `unknown`: low answers without a customer. `unbanded`:
    answers of which it is not known whether they were low. `complainants` are customers who complained in the period,
    `unknown_complaints` complaints without a customer."""

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
    """One statement. Imported complaints count like all others, and so do duplicates: a customer complained."""
    values: Mapping[str, object] = {"start": start, "stop": stop, "days": days, "low": list(low_bands), "now": work.now}
    row = (await work.connection.execute(_SILENCE, values)).one()
    return Silence(**row._mapping)  # noqa: SLF001 - its public name


_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('win-backs', 0))")
_AT_RISK = text(
    """
    WITH asked AS (
        SELECT a.customer_id, r.reason, r.count, r.days, greatest(
            CAST(:now AS timestamptz) - make_interval(days => r.days), coalesce(l.at, '-infinity')) AS since
        FROM unnest(CAST(:customers AS uuid[])) AS a(customer_id)
        CROSS JOIN jsonb_to_recordset(CAST(:rules AS jsonb)) AS r(reason text, count int, days int, quiet_days int)
        LEFT JOIN LATERAL (
            SELECT max(w.requested_at) AS at FROM win_backs w WHERE w.customer_id = a.customer_id AND w.reason = r.reason
        ) AS l ON true
        WHERE (l.at IS NULL OR l.at <= CAST(:now AS timestamptz) - make_interval(days => r.quiet_days))
          AND NOT EXISTS (SELECT FROM customer_erasures e WHERE a.customer_id = ANY (e.subjects || e.customer_id))
    ), shown AS (
        SELECT a.customer_id, a.reason, a.count, m.recorded_at AS at, c.id AS complaint_id
        FROM asked a JOIN complaints c ON c.customer_id = a.customer_id
        JOIN history m ON m.subject_id = c.id AND m.move = 'refuse' AND m.recorded_at > a.since
        WHERE a.reason = 'refused_proposals'
      UNION ALL
        SELECT a.customer_id, a.reason, a.count, c.received_at, c.id
        FROM asked a JOIN complaints c ON c.customer_id = a.customer_id
        WHERE a.reason = 'repeated_complaints' AND c.received_at > a.since AND c.state <> 'duplicate'
      UNION ALL
        SELECT a.customer_id, a.reason, a.count, c.not_upheld_at, c.id
        FROM asked a JOIN complaints c ON c.customer_id = a.customer_id
        WHERE a.reason = 'vulnerable_not_upheld' AND c.not_upheld_at > a.since AND c.vulnerability IS NOT NULL
      UNION ALL
        SELECT a.customer_id, a.reason, a.count, s.scored_at, c.id
        FROM asked a JOIN scores s ON s.customer_id = a.customer_id
        JOIN LATERAL (
            SELECT o.id FROM complaints o WHERE o.customer_id = a.customer_id AND o.closed_at <= s.scored_at
              AND o.closed_at > s.scored_at - make_interval(days => a.days)
            ORDER BY o.id = s.complaint_id DESC NULLS LAST, o.closed_at DESC LIMIT 1
        ) AS c ON true
        WHERE a.reason = 'low_score' AND s.scored_at > a.since AND s.band = ANY (:bands)
    )
    SELECT customer_id, reason, CAST(count(*) AS integer) AS occasions,
        (array_agg(complaint_id ORDER BY at DESC, complaint_id))[1] AS complaint_id
    FROM shown GROUP BY customer_id, reason, count HAVING count(*) >= count ORDER BY customer_id, reason
    """
)
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
