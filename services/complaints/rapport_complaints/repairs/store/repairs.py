"""Repairs as aggregates, one timer for the next limit of each; lists and figures about them in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.bodies import Params
from rapport_chassis.histories import HistoryStore
from rapport_chassis.lists import Keyset, Page, Paging, between
from rapport_chassis.work import Work
from rapport_contracts.fields import Code, UtcTime
from sqlalchemy import ColumnElement, Row, func, select

from rapport_complaints.repairs.domain.repair import WorkOrder
from rapport_complaints.repairs.store import tables

LOOK = "repair.look"
"""The kind of timer at which a limit of a repair runs out; its key is the repair."""
COUNTED = ("done", "accepted_by_customer")
"""States in which the work on a repair is over: what figures are made of."""

r = tables.repairs.c
REQUESTED = Keyset({"requested_at": [r.requested_at, r.id], "number": [r.number]}, default="-requested_at")


class Repairs(HistoryStore[WorkOrder]):
    """Repairs."""

    table = tables.repairs
    kind = WorkOrder
    name = "repair"

    async def counted_in(self, calendar: str, after: UUID | None, limit: int) -> list[UUID]:
        """Repairs that have not ended whose limits are counted in this calendar, in order of id, from after `after` on."""
        query = select(r.id).where(r.calendar == calendar, r.ended_at.is_(None)).order_by(r.id).limit(limit)
        return list((await self.work.connection.execute(query if after is None else query.where(r.id > after))).scalars())

    async def flush(self) -> None:
        """Repairs, their history, then the timers of those that were changed."""
        before = {each.aggregate.id: each.aggregate.version for each in self._held.values()}
        await super().flush()
        for order in [each.aggregate for each in self._held.values()]:
            if order.version == before[order.id]:
                continue
            if order.next_look is not None:
                await self.work.timers.set(LOOK, order.id, order.next_look)
            else:
                await self.work.timers.cancel(LOOK, order.id)


class RepairFilters(Params):
    """What a list of repairs can be narrowed down to."""

    state: Code | None = None
    category: Code | None = None
    vendor: Code | None = None
    customer: UUID | None = None
    complaint: UUID | None = None
    due_before: UtcTime | None = Field(default=None, description="With a running limit that is due before this time.")
    from_: UtcTime | None = Field(default=None, alias="from", description="Requested from this time on.")
    to: UtcTime | None = Field(default=None, description="Requested before this time.")

    def conditions(self) -> list[ColumnElement[bool]]:
        """As conditions of the statement."""
        equal = {
            r.state: self.state,
            r.category: self.category,
            r.vendor: self.vendor,
            r.customer_id: self.customer,
            r.complaint_id: self.complaint,
        }
        found = [column == value for column, value in equal.items() if value is not None]
        if self.due_before is not None:
            found.append(r.due_at < self.due_before)
        return [*found, *requested(self.from_, self.to)]


@dataclass(frozen=True, slots=True)
class Tally:
    """Repairs of one vendor or category: `n` whose work is over, of these `in_time` and `reworked`, the median of the time
    from request to completion in seconds; `open` and `cancelled` are left out of `n`."""

    name: str
    n: int
    in_time: int
    reworked: int
    median_seconds: float | None
    open: int
    cancelled: int


def requested(start: datetime | None, end: datetime | None) -> list[ColumnElement[bool]]:
    """Conditions: requested from `start` on and before `end`."""
    return between(r.requested_at, start, end)


async def find_repairs(work: Work, filters: RepairFilters, paging: Paging) -> Page[Row[Any]]:
    """One page of repairs. Raises Invalid for a bad cursor or order."""
    asked = filters.model_dump(exclude_none=True)
    return await REQUESTED.find(work, select(tables.repairs).where(*filters.conditions()), paging, asked)


async def tally_repairs(work: Work, group_by: str, start: datetime | None, end: datetime | None) -> list[Tally]:
    """Tallies by `vendor` (repairs without one are left out) or `category`, in order of the name; one statement."""
    name = r.vendor if group_by == "vendor" else r.category
    over = r.state.in_(COUNTED)
    seconds = func.extract("epoch", r.completed_at - r.requested_at)
    query = (
        select(
            name.label("name"),
            func.count().filter(over).label("n"),
            func.count().filter(over, r.in_time).label("in_time"),
            func.count().filter(over, r.reworks > 0).label("reworked"),
            func.percentile_cont(0.5).within_group(seconds).filter(over).label("median_seconds"),
            func.count().filter(r.state.not_in((*COUNTED, "cancelled"))).label("open"),
            func.count().filter(r.state == "cancelled").label("cancelled"),
        )
        .where(name.is_not(None), *requested(start, end))
        .group_by(name)
        .order_by(name)
    )
    rows = await work.connection.execute(query)
    return [Tally(**{field: getattr(row, field) for field in Tally.__slots__}) for row in rows]
