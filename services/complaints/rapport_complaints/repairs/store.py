"""Repairs, vendors and limits; lists, and figures about repairs in one statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from rapport_chassis.columns import table_of
from rapport_chassis.customers import Owned, Part
from rapport_chassis.filters import Changing, Dated, Is, Many, OneCode, OneOf, before, open_in
from rapport_chassis.histories import HistoryStore, history
from rapport_chassis.lists import Keyset, between
from rapport_chassis.subject import Holdings
from rapport_chassis.versions import VersionedKind, versions_table
from rapport_chassis.work import Work
from rapport_contracts.fields import UtcTime
from sqlalchemy import Column, Index, Sequence, func, select, text

from rapport_complaints.cases.store.tables import complaints
from rapport_complaints.catalogue import WHOLE
from rapport_complaints.repairs.domain import REPAIR_LIFE, Repair, RepairPolicy, Vendor
from rapport_complaints.schema import metadata, moment

repair_numbers = Sequence("repair_numbers", metadata=metadata)
repairs = table_of(
    Repair,
    "repairs",
    metadata,
    Column("number", unique=True),
    Column("keyed_by", comment="customer, or the repair itself while the customer is unknown"),
    Column("policy_version", comment="pinned when it was requested"),
    moment("due_at"),
    Index("repairs_requested", "requested_at", "id"),
    Index("repairs_state", "state", "requested_at", "id"),
    Index("repairs_category", "category", "requested_at", "id"),
    Index("repairs_vendor", "vendor", "requested_at", "id", postgresql_where=text("vendor IS NOT NULL")),
    Index("repairs_customer", "customer_id", "requested_at", "id", postgresql_where=text("customer_id IS NOT NULL")),
    Index("repairs_complaint", "complaint_id", postgresql_where=text("complaint_id IS NOT NULL")),
    Index("repairs_calendar", "calendar", "id", postgresql_where=text("ended_at IS NULL")),
    Index("repairs_due", "due_at", "id", postgresql_where=text("due_at IS NOT NULL")),
    refers={"complaint_id": "complaints.id"},
    comment="One row for each repair; due_at is the earliest of its running limits.",
)
VENDORS = VersionedKind(versions_table("vendors", metadata, "Vendors who repair"), Vendor, "vendor", tells=WHOLE)
REPAIR_POLICIES = VersionedKind(
    versions_table("repair_policies", metadata, "Limits of repairs"),
    RepairPolicy,
    "repair-policy",
    only="standard",
    tells=WHOLE,
)
OVER = ("done", "accepted_by_customer")
"""States in which the work is over: figures are made of these."""

r = repairs.c
BY_REQUEST = Keyset({"requested_at": r.requested_at, "number": r.number}, r.id, default="-requested_at")


class Repairs(HistoryStore[Repair]):
    """Repairs."""

    table = repairs
    kind = Repair
    name = "repair"
    check_timer = "repair.look"

    async def counted_in(self, calendar: str, after: UUID | None, limit: int) -> list[UUID]:
        """Repairs that have not ended whose limits are counted in this calendar, in order of id, from after `after` on."""
        query = select(r.id).where(r.calendar == calendar, r.ended_at.is_(None)).order_by(r.id).limit(limit)
        return list((await self.work.connection.execute(query if after is None else query.where(r.id > after))).scalars())


class RepairFilters(Changing, Dated):
    """What a list of repairs can be narrowed down to."""

    at = "requested_at"

    number: OneCode | None = Field(default=None, description="As it was given out.")
    state: Annotated[Many[str] | None, OneOf(REPAIR_LIFE.states)] = None
    open: Annotated[bool | None, open_in(REPAIR_LIFE)] = Field(
        default=None, description="Neither accepted by the customer nor cancelled, or one of these."
    )
    category: Many[OneCode] | None = None
    vendor: Many[OneCode] | None = None
    customer: Annotated[UUID | None, Is("customer_id")] = None
    complaint: Annotated[UUID | None, Is("complaint_id")] = None
    due_before: Annotated[UtcTime | None, before("due_at")] = Field(
        default=None, description="With a running limit that is due before this time."
    )


async def open_repairs(work: Work, customers: list[UUID]) -> Mapping[str, int]:
    """Repairs of these customers that have not ended: they hold an erasure."""
    query = select(func.count()).where(r.customer_id.in_(customers), r.ended_at.is_(None))
    return {"open-repair": (await work.connection.execute(query)).scalar_one()}


HOLDINGS = Holdings(
    tables=[
        Owned(
            repairs,
            known_by=("id", "complaint_id"),
            keyed_by="keyed_by",
            moves_with=("complaint_id", complaints, "id"),
            parts=[Part(history, "subject_id", sealed=("note", "salt"))],
        ),
    ],
    holds=open_repairs,
)


@dataclass(frozen=True, slots=True)
class Tally:
    """Repairs of one vendor or category: `n` whose work is over, of these `in_time` and `reworked`, the median time from
    request to completion in seconds; `open` and `cancelled` are left out of `n`."""

    name: str
    n: int
    in_time: int
    reworked: int
    median_seconds: float | None
    open: int
    cancelled: int


async def tally_repairs(work: Work, group_by: str, start: datetime | None, end: datetime | None) -> list[Tally]:
    """Tallies by `vendor` (repairs without one are left out) or `category`, in order of the name; one statement."""
    name = r.vendor if group_by == "vendor" else r.category
    over = r.state.in_(OVER)
    seconds = func.extract("epoch", r.completed_at - r.requested_at)
    query = (
        select(
            name.label("name"),
            func.count().filter(over).label("n"),
            func.count().filter(over, r.in_time).label("in_time"),
            func.count().filter(over, r.reworks > 0).label("reworked"),
            func.percentile_cont(0.5).within_group(seconds).filter(over).label("median_seconds"),
            func.count().filter(r.state.not_in((*OVER, "cancelled"))).label("open"),
            func.count().filter(r.state == "cancelled").label("cancelled"),
        )
        .where(name.is_not(None), *between(r.requested_at, start, end))
        .group_by(name)
        .order_by(name)
    )
    rows = await work.connection.execute(query)
    return [Tally(**{field: getattr(row, field) for field in Tally.__slots__}) for row in rows]
