"""Escalations as a list, and the complaints that a new ladder has to look at."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.bodies import Params
from rapport_chassis.lists import Keyset, Page, Paging, between
from rapport_contracts.complaints.vocabulary import EscalationTarget, EscalationTrigger
from rapport_contracts.fields import Code, UtcTime
from sqlalchemy import ColumnElement, Row, literal_column, select

from rapport_complaints.cases.store import tables
from rapport_complaints.handling.store.tables import escalations
from rapport_complaints.work import ComplaintsWork

e, c = escalations.c, tables.complaints.c
ORDER = Keyset({"escalated": [e.id]}, default="-escalated")
"""In the order in which they were entered; ids are time-ordered."""


class EscalationFilters(Params):
    """What a list of escalations can be narrowed down to."""

    complaint: UUID | None = None
    open: bool | None = Field(default=None, description="True: the complaint is not over yet.")
    level: int | None = Field(default=None, ge=1, le=9)
    trigger: EscalationTrigger | None = None
    step: Code | None = Field(default=None, description="Of the ladder.")
    to_kind: EscalationTarget | None = None
    to: Code | None = Field(default=None, description="Before whom: a role, a queue, an opaque staff id.")
    from_: UtcTime | None = Field(default=None, alias="from", description="Escalated from this time on.")
    before: UtcTime | None = Field(default=None, description="Escalated before this time.")

    def conditions(self) -> list[ColumnElement[bool]]:
        """As conditions of the statement."""
        equal = {
            e.complaint_id: self.complaint,
            e.level: self.level,
            e.trigger: self.trigger,
            e.step: self.step,
            e.to_kind: self.to_kind,
            e.to_code: self.to,
        }
        found = [column == value for column, value in equal.items() if value is not None]
        if self.open is not None:
            found.append(e.ended_at.is_(None) if self.open else e.ended_at.is_not(None))
        return [*found, *between(e.escalated_at, self.from_, self.before)]


async def find_escalations(work: ComplaintsWork, filters: EscalationFilters, paging: Paging) -> Page[Row[Any]]:
    """One page of escalations, each with number and state of its complaint. Raises Invalid for a bad cursor or order."""
    asked = filters.model_dump(exclude_none=True)
    known = select(*escalations.columns, c.number, c.state, c.severity, c.customer_id)
    query = known.join(tables.complaints, c.id == e.complaint_id).where(*filters.conditions())
    return await ORDER.find(work, query, paging, asked)


async def open_after(work: ComplaintsWork, last: UUID | None, limit: int) -> list[UUID]:
    """Open complaints in the order of their ids, from after `last` on."""
    query = select(c.id).where(literal_column(tables.NOT_ENDED)).order_by(c.id).limit(limit)
    return list((await work.connection.execute(query if last is None else query.where(c.id > last))).scalars())
