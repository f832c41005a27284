"""Win-backs as aggregates; who is at risk, reckoned for a set of customers in one statement; lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.bodies import Params
from rapport_chassis.database import to_json
from rapport_chassis.histories import HistoryStore
from rapport_chassis.lists import Keyset, Page, Paging, between
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import WinBackOutcome, WinBackReason
from rapport_contracts.fields import Code, UtcTime
from sqlalchemy import ColumnElement, Row, select, text

from rapport_complaints.recovery.domain.win_back import AtRisk, WinBackTask
from rapport_complaints.recovery.domain.win_back_data import WinBackPolicy
from rapport_complaints.recovery.store import tables_win_backs as tables
from rapport_complaints.recovery.store.tables_win_backs import DUE, LOOK

__all__ = ["DUE", "LOOK", "WinBackFilters", "WinBacks", "find_win_backs"]

w = tables.win_backs.c
REQUESTED = Keyset({"requested_at": [w.requested_at, w.id], "due_at": [w.due_at, w.id]}, default="-requested_at")


class WinBacks(HistoryStore[WinBackTask]):
    """Win-backs."""

    table = tables.win_backs
    kind = WinBackTask
    name = "win-back"

    async def flush(self) -> None:
        """Win-backs, their history, then the timers of those that were changed."""
        before = {each.aggregate.id: each.aggregate.version for each in self._held.values()}
        await super().flush()
        for task in [each.aggregate for each in self._held.values()]:
            if task.version == before[task.id]:
                continue
            if task.next_look is not None:
                await self.work.timers.set(DUE, task.id, task.next_look)
            else:
                await self.work.timers.cancel(DUE, task.id)

    async def at_risk(self, customers: Iterable[UUID], policy: WinBackPolicy) -> Sequence[AtRisk]:
        """For whom of these which reason holds now. One at a time until the commit, so that none is requested twice; who
        wants to be forgotten is left alone."""
        connection = self.work.connection
        await connection.execute(_ONE_AT_A_TIME)
        values = {
            "customers": sorted(customers),
            "rules": to_json([rule.model_dump(mode="json") for rule in policy.rules]),
            "bands": [band.value for band in policy.low_bands],
            "now": self.work.now,
        }
        return [AtRisk(**row) for row in (await connection.execute(_AT_RISK, values)).mappings()]

    async def open_of(self, customers: Iterable[UUID]) -> list[WinBackTask]:
        """Those of these customers that are not closed, locked."""
        query = select(w.id).where(w.customer_id.in_(list(customers)), w.closed_at.is_(None))
        ids = list((await self.work.connection.execute(query)).scalars())
        return list((await self.get_many(ids, for_update=True)).values()) if ids else []


class WinBackFilters(Params):
    """What a list of win-backs can be narrowed down to."""

    state: Code | None = None
    reason: WinBackReason | None = None
    outcome: WinBackOutcome | None = None
    customer: UUID | None = None
    complaint: UUID | None = None
    owner: Code | None = None
    open: bool | None = Field(default=None, description="Not closed yet, or closed.")
    due_before: UtcTime | None = Field(default=None, description="Open, and due before this time.")
    from_: UtcTime | None = Field(default=None, alias="from", description="Requested from this time on.")
    to: UtcTime | None = Field(default=None, description="Requested before this time.")

    def conditions(self) -> list[ColumnElement[bool]]:
        """As conditions of the statement."""
        equal = {
            w.state: self.state,
            w.reason: self.reason,
            w.outcome: self.outcome,
            w.customer_id: self.customer,
            w.complaint_id: self.complaint,
            w.owner: self.owner,
        }
        found = [column == value for column, value in equal.items() if value is not None]
        if self.open is not None:
            found.append(w.closed_at.is_(None) if self.open else w.closed_at.is_not(None))
        if self.due_before is not None:
            found += [w.closed_at.is_(None), w.due_at < self.due_before]
        return [*found, *between(w.requested_at, self.from_, self.to)]


async def find_win_backs(work: Work, filters: WinBackFilters, paging: Paging) -> Page[Row[Any]]:
    """One page of win-backs. Raises Invalid for a bad cursor or order."""
    asked = filters.model_dump(mode="json", exclude_none=True)
    return await REQUESTED.find(work, select(tables.win_backs).where(*filters.conditions()), paging, asked)


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
        WHERE a.reason = 'vulnerable_not_upheld' AND c.not_upheld_at > a.since AND c.flags @> ARRAY['vulnerable']
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
