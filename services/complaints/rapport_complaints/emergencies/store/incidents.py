"""Incidents and drills: their stores, and their lists."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from rapport_chassis.filters import Filters, Where, before, contains, since
from rapport_chassis.histories import HistoryStore
from rapport_chassis.lists import Keyset
from rapport_chassis.work import Work
from rapport_contracts.fields import Code, UtcTime
from sqlalchemy import Sequence, func, select

from rapport_complaints.emergencies.domain.drill import Drill
from rapport_complaints.emergencies.domain.incident import UNDER_WAY, Incident
from rapport_complaints.emergencies.store.tables import drills, incidents

i, d = incidents.c, drills.c
REPORTED = Keyset({"reported_at": [i.reported_at, i.id], "number": [i.number]}, default="-reported_at")
PLANNED = Keyset({"planned_for": [d.planned_for, d.id], "number": [d.number]}, default="-planned_for")


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


class IncidentFilters(Filters):
    """What a list of incidents can be narrowed down to."""

    state: Code | None = None
    level: int | None = Field(default=None, ge=1, le=9)
    incident_type: Code | None = None
    touchpoint: Annotated[Code | None, contains("touchpoints")] = Field(
        default=None, description="That names this touchpoint."
    )
    under_way: Annotated[
        bool | None, Where(lambda c, yes: c.state.in_(UNDER_WAY) if yes else c.state.not_in(UNDER_WAY), "state")
    ] = Field(default=None, description="True: declared and not restored yet; false: all others.")
    from_: Annotated[UtcTime | None, since("reported_at")] = Field(
        default=None, alias="from", description="Reported from this time on."
    )
    to: Annotated[UtcTime | None, before("reported_at")] = Field(default=None, description="Reported before this time.")


class DrillFilters(Filters):
    """What a list of drills can be narrowed down to."""

    state: Code | None = None
    plan: Code | None = None
    from_: Annotated[UtcTime | None, since("planned_for")] = Field(
        default=None, alias="from", description="Planned for this time or later."
    )
    to: Annotated[UtcTime | None, before("planned_for")] = Field(default=None, description="Planned for before this time.")


async def next_number(work: Work, letter: str, year: int, numbers: Sequence) -> str:
    """A new number out of a sequence, such as `I2026-000042`."""
    drawn = (await work.connection.execute(select(numbers.next_value()))).scalar_one()
    return f"{letter}{year}-{drawn:06d}"


async def count_late(work: Work) -> int:
    """How many incidents are under way without the last update that was due."""
    query = select(func.count()).where(i.missed_in_a_row > 0, i.state.in_(UNDER_WAY))
    return (await work.connection.execute(query)).scalar_one()
