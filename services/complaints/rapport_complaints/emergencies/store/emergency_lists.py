"""Lists about emergencies, read without loading aggregates: one statement a page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.bodies import Params
from rapport_chassis.lists import Keyset, Page, Paging, between
from rapport_chassis.work import Work
from rapport_contracts.fields import Code, UtcTime
from rapport_kernel.errors import NotFound
from sqlalchemy import ColumnElement, Row, and_, func, select, text, true

from rapport_complaints.cases.store.tables import complaints, interactions
from rapport_complaints.emergencies.domain.emergency_lives import UNDER_WAY
from rapport_complaints.emergencies.store.tables import drills, incident_complaints, incidents

i, d, link = incidents.c, drills.c, incident_complaints.c
REPORTED = Keyset({"reported_at": [i.reported_at, i.id], "number": [i.number]}, default="-reported_at")
PLANNED = Keyset({"planned_for": [d.planned_for, d.id], "number": [d.number]}, default="-planned_for")
LINKED = Keyset({"linked_at": [link.linked_at, link.complaint_id]}, default="linked_at")
STARTED = Keyset({"started_at": [interactions.c.started_at, interactions.c.interaction_id]}, default="-started_at")


class IncidentFilters(Params):
    """What a list of incidents can be narrowed down to."""

    state: Code | None = None
    level: int | None = Field(default=None, ge=1, le=9)
    incident_type: Code | None = None
    touchpoint: Code | None = Field(default=None, description="That shows at this touchpoint by name.")
    under_way: bool | None = Field(default=None, description="Declared and not restored yet, or not that.")
    from_: UtcTime | None = Field(default=None, alias="from", description="Reported from this time on.")
    to: UtcTime | None = Field(default=None, description="Reported before this time.")

    def conditions(self) -> list[ColumnElement[bool]]:
        """As conditions of the statement."""
        equal = {i.state: self.state, i.level: self.level, i.incident_type: self.incident_type}
        found = [column == value for column, value in equal.items() if value is not None]
        if self.touchpoint is not None:
            found.append(i.touchpoints.contains([self.touchpoint]))
        if self.under_way is not None:
            found.append(i.state.in_(UNDER_WAY) if self.under_way else i.state.not_in(UNDER_WAY))
        return [*found, *between(i.reported_at, self.from_, self.to)]


class DrillFilters(Params):
    """What a list of drills can be narrowed down to."""

    state: Code | None = None
    plan: Code | None = None
    from_: UtcTime | None = Field(default=None, alias="from", description="Planned for this time or later.")
    to: UtcTime | None = Field(default=None, description="Planned for before this time.")

    def conditions(self) -> list[ColumnElement[bool]]:
        """As conditions of the statement."""
        found = [column == value for column, value in {d.state: self.state, d.plan: self.plan}.items() if value is not None]
        return [*found, *between(d.planned_for, self.from_, self.to)]


async def find_incidents(work: Work, filters: IncidentFilters, paging: Paging) -> Page[Row[Any]]:
    """One page of incidents. Raises Invalid for a bad cursor or order."""
    asked = filters.model_dump(exclude_none=True)
    return await REPORTED.find(work, select(incidents).where(*filters.conditions()), paging, asked)


async def find_drills(work: Work, filters: DrillFilters, paging: Paging) -> Page[Row[Any]]:
    """One page of drills. Raises Invalid for a bad cursor or order."""
    asked = filters.model_dump(exclude_none=True)
    return await PLANNED.find(work, select(drills).where(*filters.conditions()), paging, asked)


async def find_linked(work: Work, incident_id: UUID, paging: Paging) -> Page[Row[Any]]:
    """One page of the complaints that belong to an incident. Raises NotFound, Invalid."""
    await _there(work, incident_id)
    asked = {"incident": incident_id}
    c = complaints.c
    columns = [c.id, c.number, c.state, c.category, c.touchpoint, c.customer_id, c.received_at, link.automatic]
    query = (
        select(*columns, link.linked_at, link.linked_by)
        .join(complaints, c.id == link.complaint_id)
        .where(link.incident_id == incident_id, link.unlinked_at.is_(None))
    )
    return await LINKED.find(work, query, paging, asked)


async def find_contacts(work: Work, incident_id: UUID, paging: Paging) -> Page[Row[Any]]:
    """One page of the contacts at the named touchpoints of an incident in its time. Raises NotFound, Invalid."""
    await _there(work, incident_id)
    asked = {"incident": incident_id}
    n = interactions.c
    named = select(func.unnest(i.touchpoints).label("touchpoint"), i.began_at, i.ended_at).where(i.id == incident_id)
    at = named.distinct().cte("at")
    inside = and_(
        n.touchpoint == at.c.touchpoint,
        n.started_at >= at.c.began_at,
        n.started_at < func.coalesce(at.c.ended_at, text("timestamptz 'infinity'")),
    )
    columns = [n.interaction_id, n.touchpoint, n.channel, n.customer_id, n.started_at]
    # A page of each touchpoint, read from its index in order; of these the page.
    each = STARTED.select(select(*columns).where(inside).correlate(at), paging, asked).lateral("each")
    query = select(each).select_from(at.join(each, true())).order_by(*STARTED.order_of(each, paging)).limit(paging.limit + 1)
    rows = (await work.connection.execute(query)).all()
    return STARTED.page(rows, paging, asked, lambda row: row)


async def count_late(work: Work) -> int:
    """How many incidents are under way whose last due update was not given."""
    query = select(func.count()).where(i.missed_in_a_row > 0, i.state.in_(UNDER_WAY))
    return (await work.connection.execute(query)).scalar_one()


async def _there(work: Work, incident_id: UUID) -> None:
    if (await work.connection.execute(select(i.id).where(i.id == incident_id))).one_or_none() is None:
        raise NotFound
