"""Incidents and drills as aggregates, one timer for the next update of each incident, and the complaints linked to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from rapport_chassis.database import to_json
from rapport_chassis.histories import HistoryStore
from rapport_chassis.work import Work
from sqlalchemy import text

from rapport_complaints.emergencies.domain.drill import Drill
from rapport_complaints.emergencies.domain.incident import Incident
from rapport_complaints.emergencies.store import tables

WATCH = "incident.watch"
"""The kind of timer at which an update of an incident is due; its key is the incident."""


class Incidents(HistoryStore[Incident]):
    """Incidents."""

    table = tables.incidents
    kind = Incident
    name = "incident"

    async def flush(self) -> None:
        """Incidents, their history, then the timers of those that were changed."""
        before = {each.aggregate.id: each.aggregate.version for each in self._held.values()}
        await super().flush()
        for incident in [each.aggregate for each in self._held.values()]:
            if incident.version == before[incident.id]:
                continue
            if incident.next_update_at is not None:
                await self.work.timers.set(WATCH, incident.id, incident.next_update_at)
            elif incident.restored_at is not None:
                await self.work.timers.cancel(WATCH, incident.id)


class Drills(HistoryStore[Drill]):
    """Drills."""

    table = tables.drills
    kind = Drill
    name = "drill"


class IncidentLinks:
    """Which complaints belong to which incidents. What is linked in a work is written after the complaints of that work."""

    def __init__(self, work: Work) -> None:
        """Registers with the work, which flushes it at commit."""
        self._work = work
        self._made: list[dict[str, Any]] = []
        work.track(self)

    def add(self, incident_id: UUID, complaint_id: UUID, *, automatic: bool) -> None:
        """Link them; what was taken out by hand is put in again."""
        self._made.append({"incident_id": incident_id, "complaint_id": complaint_id, "automatic": automatic})

    async def flush(self) -> None:
        """Write what was linked: one statement."""
        made, self._made = self._made, []
        if made:
            values = {"rows": to_json(made), "at": self._work.now, "by": str(self._work.actor)}
            await self._work.connection.execute(_LINK, values)

    async def matching(self, touchpoint: str | None, category: str, received_at: datetime) -> dict[UUID, datetime | None]:
        """Declared incidents, not closed yet, that a complaint like this belongs to, in order of id, each with since when it
        holds clocks; None: it does not."""
        values = {"touchpoint": touchpoint, "category": category, "received_at": received_at}
        return {row.id: row.held_since for row in await self._work.connection.execute(_MATCHING, values)}

    async def misheld(self, incident_id: UUID, limit: int) -> list[UUID]:
        """Complaints whose clocks the incident holds and should not, or the other way round; in order of id."""
        values = {"incident": incident_id, "limit": limit}
        return list((await self._work.connection.execute(_MISHELD, values)).scalars())

    async def missing(self, incident_id: UUID, limit: int) -> list[UUID]:
        """Complaints that belong to an incident and were never linked to it, in order of id."""
        values = {"incident": incident_id, "limit": limit}
        return list((await self._work.connection.execute(_MISSING, values)).scalars())

    async def state(self, incident_id: UUID, complaint_id: UUID) -> str | None:
        """`linked`, `unlinked`, or None when there never was a link."""
        values = {"incident": incident_id, "complaint": complaint_id}
        found: str | None = (await self._work.connection.execute(_STATE, values)).scalar_one_or_none()
        return found

    async def remove(self, incident_id: UUID, complaint_id: UUID) -> None:
        """Take a complaint out, for good."""
        values = {
            "incident": incident_id,
            "complaint": complaint_id,
            "at": self._work.now,
            "by": str(self._work.actor),
        }
        await self._work.connection.execute(_UNLINK, values)


_LINK = text(
    """
    INSERT INTO incident_complaints AS l (incident_id, complaint_id, automatic, linked_at, linked_by)
    SELECT incident_id, complaint_id, automatic, :at, :by
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS k(incident_id uuid, complaint_id uuid, automatic boolean)
    ON CONFLICT (incident_id, complaint_id) DO UPDATE SET automatic = excluded.automatic, linked_at = excluded.linked_at,
        linked_by = excluded.linked_by, unlinked_at = NULL, unlinked_by = NULL
    WHERE l.unlinked_at IS NOT NULL
    """
)
_MATCHING = text(
    """
    SELECT i.id, CASE WHEN i.holds_clocks THEN i.clocks_at END AS held_since FROM incidents i
    WHERE i.declared_at IS NOT NULL AND i.closed_at IS NULL
      AND i.began_at <= :received_at AND (i.ended_at IS NULL OR i.ended_at > :received_at)
      AND (i.touchpoints <> '{}' OR i.categories <> '{}')
      AND (i.touchpoints = '{}' OR CAST(:touchpoint AS text) = ANY(i.touchpoints))
      AND (i.categories = '{}' OR CAST(:category AS text) = ANY(i.categories))
    ORDER BY i.id
    """
)
_MISSING = text(
    """
    SELECT c.id FROM incidents i JOIN complaints c
      ON c.received_at >= i.began_at AND (i.ended_at IS NULL OR c.received_at < i.ended_at)
      AND (i.touchpoints = '{}' OR c.touchpoint = ANY(i.touchpoints))
      AND (i.categories = '{}' OR c.category = ANY(i.categories))
    WHERE i.id = :incident AND (i.touchpoints <> '{}' OR i.categories <> '{}')
      AND NOT EXISTS (SELECT FROM incident_complaints l WHERE l.incident_id = i.id AND l.complaint_id = c.id)
    ORDER BY c.id LIMIT :limit
    """
)
_MISHELD = text(
    """
    SELECT l.complaint_id FROM incidents i JOIN incident_complaints l ON l.incident_id = i.id
    JOIN complaints c ON c.id = l.complaint_id
    WHERE i.id = :incident AND (i.id = ANY (c.held_by)) <> (i.holds_clocks AND l.unlinked_at IS NULL)
    ORDER BY l.complaint_id LIMIT :limit
    """
)
_STATE = text(
    """
    SELECT CASE WHEN unlinked_at IS NULL THEN 'linked' ELSE 'unlinked' END FROM incident_complaints
    WHERE incident_id = :incident AND complaint_id = :complaint
    """
)
_UNLINK = text(
    """
    UPDATE incident_complaints SET unlinked_at = :at, unlinked_by = :by
    WHERE incident_id = :incident AND complaint_id = :complaint
    """
)
