"""Incidents and drills: tables, stores, lists, and which complaints and contacts belong to which incidents."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.columns import table_of
from rapport_chassis.database import to_json
from rapport_chassis.filters import Changing, Dated, Many, OneCode, OneOf, Where, contains, open_in
from rapport_chassis.histories import HistoryStore
from rapport_chassis.lists import Keyset, Page, Paging, counted
from rapport_chassis.versions import VersionedKind, versions_table
from rapport_chassis.work import Work
from rapport_contracts.fields import Code
from rapport_kernel.errors import NotFound
from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Row,
    Sequence,
    Table,
    Text,
    Uuid,
    and_,
    func,
    select,
    text,
    true,
)

from rapport_complaints.cases.store.interactions import interactions
from rapport_complaints.cases.store.tables import complaints
from rapport_complaints.catalogue import WHOLE, WITHOUT_TEXTS
from rapport_complaints.emergencies.domain.data import POLICY, EmergencyPlan, EmergencyPolicy, IncidentType
from rapport_complaints.emergencies.domain.drill import DRILL_LIFE, Drill
from rapport_complaints.emergencies.domain.incident import INCIDENT_LIFE, UNDER_WAY, Incident
from rapport_complaints.schema import metadata, moment

incident_numbers = Sequence("incident_numbers", metadata=metadata)
drill_numbers = Sequence("drill_numbers", metadata=metadata)

incidents = table_of(
    Incident,
    "incidents",
    metadata,
    Column("number", unique=True),
    Column("policy_version", comment="pinned when it was declared"),
    Column("holds_clocks", server_default="false"),
    Column("checklist", comment="copied from the plan when it was activated"),
    Index("incidents_reported", "reported_at", "id"),
    Index("incidents_state", "state", "reported_at", "id"),
    Index("incidents_declared", "began_at", postgresql_where=text("declared_at IS NOT NULL AND closed_at IS NULL")),
    Index("incidents_late", "id", postgresql_where=text("missed_in_a_row > 0")),
    comment="One row for each incident; next_update_at is set while it is an emergency.",
)

incident_complaints = Table(
    "incident_complaints",
    metadata,
    Column("incident_id", Uuid, ForeignKey("incidents.id"), primary_key=True),
    Column("complaint_id", Uuid, ForeignKey("complaints.id"), primary_key=True),
    Column("automatic", Boolean, nullable=False),
    moment("linked_at", nullable=False),
    Column("linked_by", Text, nullable=False),
    moment("unlinked_at"),
    Column("unlinked_by", Text),
    Index("incident_complaints_linked", "incident_id", "linked_at", "complaint_id"),
    Index("incident_complaints_complaint", "complaint_id"),
    comment="Complaints of incidents; one taken out stays and is not put in again.",
)

drills = table_of(
    Drill,
    "drills",
    metadata,
    Column("number", unique=True),
    Index("drills_planned", "planned_for", "id"),
    Index("drills_state", "state", "planned_for", "id"),
    comment="One row for each drill of an emergency plan.",
)

INCIDENT_TYPES = VersionedKind(
    versions_table("incident_types", metadata, "Types of incidents"), IncidentType, "incident-type", tells=WHOLE
)
EMERGENCY_PLANS = VersionedKind(
    versions_table("emergency_plans", metadata, "Emergency plans"), EmergencyPlan, "emergency-plan", tells=WITHOUT_TEXTS
)
EMERGENCY_POLICIES = VersionedKind(
    versions_table("emergency_policies", metadata, "Levels"), EmergencyPolicy, "emergency-policy", POLICY, tells=WHOLE
)


i, d = incidents.c, drills.c
REPORTED = Keyset({"reported_at": i.reported_at, "number": i.number}, i.id, default="-reported_at")
PLANNED = Keyset({"planned_for": d.planned_for, "number": d.number}, d.id, default="-planned_for")


class Incidents(HistoryStore[Incident]):
    """Incidents, with a timer at which the next update of each is due."""

    table = incidents
    kind = Incident
    name = "incident"
    check_timer = "incident.watch"


class Drills(HistoryStore[Drill]):
    """Drills."""

    table = drills
    kind = Drill
    name = "drill"


class IncidentFilters(Changing, Dated):
    """What a list of incidents can be narrowed down to."""

    at = "reported_at"

    number: OneCode | None = Field(default=None, description="As it was given out, for example `I2026-000042`.")
    state: Annotated[Many[str] | None, OneOf(INCIDENT_LIFE.states)] = None
    open: Annotated[bool | None, open_in(INCIDENT_LIFE)] = Field(
        default=None, description="Neither closed nor dismissed, or one of these."
    )
    level: Many[Annotated[int, Field(ge=1, le=9)]] | None = None
    incident_type: Many[OneCode] | None = None
    touchpoint: Annotated[Many[Code] | None, contains("touchpoints")] = Field(
        default=None, description="That names this touchpoint."
    )
    emergency: Annotated[
        bool | None, Where(lambda c, yes: c.state.in_(UNDER_WAY) if yes else c.state.not_in(UNDER_WAY), "state")
    ] = Field(default=None, description="True: declared and not restored yet; false: all others.")


class DrillFilters(Changing, Dated):
    """What a list of drills can be narrowed down to."""

    at = "planned_for"

    number: OneCode | None = Field(default=None, description="As it was given out, for example `D2026-000042`.")
    state: Annotated[Many[str] | None, OneOf(DRILL_LIFE.states)] = None
    open: Annotated[bool | None, open_in(DRILL_LIFE)] = Field(
        default=None, description="Neither closed nor cancelled, or one of these."
    )
    plan: Many[OneCode] | None = None


async def next_number(work: Work, letter: str, year: int, numbers: Sequence) -> str:
    """A new number out of a sequence, such as `I2026-000042`."""
    drawn = (await work.connection.execute(select(numbers.next_value()))).scalar_one()
    return f"{letter}{year}-{drawn:06d}"


async def count_late(work: Work) -> int:
    """How many incidents are under way without the last update that was due."""
    query = select(func.count()).where(i.missed_in_a_row > 0, i.state.in_(UNDER_WAY))
    return (await work.connection.execute(query)).scalar_one()


i, link = incidents.c, incident_complaints.c
LINKED = Keyset({"linked_at": link.linked_at}, link.complaint_id, default="linked_at")
STARTED = Keyset({"started_at": interactions.c.started_at}, interactions.c.interaction_id, default="-started_at")


class IncidentLinks:
    """Which complaints belong to which incidents. Links made in a work are written after the complaints of that work."""

    def __init__(self, work: Work) -> None:
        """Registers with the work, which flushes it at commit."""
        self._work = work
        self._made: list[dict[str, Any]] = []
        work.track(self)

    def add(self, incident_id: UUID, complaint_id: UUID, *, automatic: bool) -> None:
        """Link them, also if somebody took the complaint out before."""
        self._made.append({"incident_id": incident_id, "complaint_id": complaint_id, "automatic": automatic})

    async def flush(self) -> None:
        """Write the new links: one statement."""
        made, self._made = self._made, []
        if made:
            values = {"rows": to_json(made), "at": self._work.now, "by": str(self._work.actor)}
            await self._work.connection.execute(_LINK, values)

    async def matching(self, touchpoint: str | None, category: str, received_at: datetime) -> dict[UUID, datetime | None]:
        """The declared incidents, not closed yet, that a complaint like this belongs to, in order of id, each with the time
        since which it holds clocks (None: it does not)."""
        values = {"touchpoint": touchpoint, "category": category, "received_at": received_at}
        return {row.id: row.held_since for row in await self._work.connection.execute(_MATCHING, values)}

    async def misheld(self, incident_id: UUID, limit: int) -> list[UUID]:
        """Complaints whose clocks the incident holds but should not, or does not but should; in order of id."""
        values = {"incident": incident_id, "limit": limit}
        return list((await self._work.connection.execute(_MISHELD, values)).scalars())

    async def missing(self, incident_id: UUID, limit: int) -> list[UUID]:
        """Complaints that belong to an incident and were never linked to it, in order of id."""
        values = {"incident": incident_id, "limit": limit}
        return list((await self._work.connection.execute(_MISSING, values)).scalars())

    async def state(self, incident_id: UUID, complaint_id: UUID) -> str | None:
        """`linked`, `unlinked`, or None if they were never linked."""
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


class LinkFilters(Dated):
    """What the complaints of an incident can be narrowed down to."""

    at = "linked_at"


class ContactFilters(Dated):
    """What the contacts during an incident can be narrowed down to."""

    at = "started_at"


async def find_linked(work: Work, incident_id: UUID, filters: LinkFilters, paging: Paging) -> Page[Row[Any]]:
    """One page of the complaints that belong to an incident. Raises NotFound, Invalid."""
    await _ensure_exists(work, incident_id)
    c = complaints.c
    columns = [c.id, c.number, c.state, c.category, c.touchpoint, c.customer_id, c.received_at, link.automatic]
    query = (
        select(*columns, link.linked_at, link.linked_by)
        .join(complaints, c.id == link.complaint_id)
        .where(link.incident_id == incident_id, link.unlinked_at.is_(None))
        .where(*filters.conditions(work, incident_complaints))
    )
    return await LINKED.find(work, query, paging, filters.asked_of(incident_id))


async def find_contacts(work: Work, incident_id: UUID, filters: ContactFilters, paging: Paging) -> Page[Row[Any]]:
    """One page of the contacts at the named touchpoints of an incident in its time. Raises NotFound, Invalid."""
    await _ensure_exists(work, incident_id)
    n = interactions.c
    named = select(func.unnest(i.touchpoints).label("touchpoint"), i.began_at, i.ended_at).where(i.id == incident_id)
    at = named.distinct().cte("at")
    inside = and_(
        n.touchpoint == at.c.touchpoint,
        n.started_at >= at.c.began_at,
        n.started_at < func.coalesce(at.c.ended_at, text("timestamptz 'infinity'")),
        *filters.conditions(work, interactions),
    )
    columns = [n.interaction_id, n.touchpoint, n.channel, n.customer_id, n.started_at]
    # A page of each touchpoint, read from its index in order; of these the page.
    each = STARTED.select(select(*columns).where(inside).correlate(at), paging, filters.asked_of(incident_id)).lateral(
        "each"
    )
    query = select(each).select_from(at.join(each, true())).order_by(*STARTED.order_of(each, paging)).limit(paging.limit + 1)
    rows = (await work.connection.execute(query)).all()
    count = await counted(work, select(n.interaction_id).join(at, inside), paging)
    return STARTED.page(rows, paging, filters.asked_of(incident_id), lambda row: row, count)


async def _ensure_exists(work: Work, incident_id: UUID) -> None:
    if (await work.connection.execute(select(i.id).where(i.id == incident_id))).one_or_none() is None:
        raise NotFound


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
