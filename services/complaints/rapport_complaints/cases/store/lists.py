"""Lists, read without loading aggregates: one statement a page."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.bodies import Params
from rapport_chassis.lists import Keyset, Page, Paging, between
from rapport_chassis.work import Work
from rapport_contracts.fields import Code, UtcTime
from sqlalchemy import Boolean, ColumnElement, DateTime, Row, Select, func, literal_column, select
from sqlalchemy.dialects.postgresql import distinct_on

from rapport_complaints.cases.domain.life import ENDED
from rapport_complaints.cases.domain.record import NO_TARGET
from rapport_complaints.cases.store import tables
from rapport_complaints.cases.store.versions import staff

c = tables.complaints.c
NEVER = literal_column("TIMESTAMPTZ '9999-12-31 00:00:00+00'", DateTime(timezone=True))
"""Keeps complaints without a due time at the end; written as in the index."""
OPEN: ColumnElement[bool] = literal_column(tables.NOT_ENDED, Boolean)

ORDER = Keyset(
    {
        "received_at": [c.received_at, c.id],
        "due_at": [func.coalesce(c.due_at, NEVER), c.id],
        "number": [c.number],
    },
    default="-received_at",
)
QUEUE_ORDER = Keyset(
    {"due_at": [func.coalesce(c.due_at, NEVER), c.id], "received_at": [c.received_at, c.id], "number": [c.number]},
    default="due_at",
)
"""What is due first comes first, what nobody promised a time for comes last."""
SOON = timedelta(hours=24)


class Queue(StrEnum):
    """Open complaints that wait for somebody (S63)."""

    MINE = "mine"
    TEAM = "team"
    DUE_SOON = "due-soon"
    UNASSIGNED = "unassigned"


class Filters(Params):
    """What a list of complaints can be narrowed down to."""

    queue: Queue | None = Field(
        default=None,
        description="Open complaints only, what is due first comes first. `mine`: the caller answers for them;"
        " `team`: somebody of the caller's team does, as the staff list has it; `due-soon`: late, or due within 24 hours or"
        " before `due_before`; `unassigned`: nobody answers for them.",
    )
    state: Code | None = None
    channel: Code | None = None
    category: Code | None = None
    source_category: Code | None = Field(default=None, description="What the system it comes from calls the category.")
    product: Code | None = None
    cause: Code | None = None
    severity: Code | None = None
    assignee: Code | None = None
    customer: UUID | None = None
    duplicate_of: UUID | None = None
    recurrence_of: UUID | None = None
    flag: Code | None = Field(default=None, description="For example `no-target`, `unknown-category`.")
    escalated: bool | None = Field(default=None, description="True: somebody with more say has to know of it now.")
    awaiting_approval: bool | None = Field(default=None, description="True: a proposal waits for somebody with authority.")
    due_before: UtcTime | None = Field(default=None, description="With a running clock that is due before this time.")
    from_: UtcTime | None = Field(default=None, alias="from", description="Received from this time on.")
    to: UtcTime | None = Field(default=None, description="Received before this time.")

    def conditions(self) -> list[ColumnElement[bool]]:
        """As conditions of the statement."""
        equal = {
            c.state: self.state,
            c.channel: self.channel,
            c.category: self.category,
            c.source_category: self.source_category,
            c.product: self.product,
            c.cause: self.cause,
            c.severity: self.severity,
            c.assignee: self.assignee,
            c.customer_id: self.customer,
            c.duplicate_of: self.duplicate_of,
            c.recurrence_of: self.recurrence_of,
        }
        found = [column == value for column, value in equal.items() if value is not None]
        if self.flag is not None:
            found.append(c.flags.contains([self.flag]))
        if self.escalated is not None:
            found.append(c.escalation_level > 0 if self.escalated else c.escalation_level == 0)
        if self.awaiting_approval is not None:
            found.append(c.pending_at.is_not(None) if self.awaiting_approval else c.pending_at.is_(None))
        if self.due_before is not None:
            found.append(c.due_at < self.due_before)
        return [*found, *received(self.from_, self.to)]

    def waiting(self, caller: str, now: datetime) -> list[ColumnElement[bool]]:
        """The conditions of the queue."""
        match self.queue:
            case None:
                return []
            case Queue.MINE:
                return [OPEN, c.assignee == caller]
            case Queue.TEAM:
                return [OPEN, c.assignee.in_(_team_of(caller, now))]
            case Queue.UNASSIGNED:
                return [OPEN, c.assignee.is_(None)]
            case _:
                return [OPEN, func.coalesce(c.due_at, NEVER) < (self.due_before or now + SOON)]


def _team_of(caller: str, now: datetime) -> Select[tuple[str]]:
    """The ids of those who are in the caller's team now, the caller included; none when the staff list lacks the caller."""
    held = select(staff.c.code, staff.c.body["team"].astext.label("team")).ext(distinct_on(staff.c.code))
    newest = held.where(staff.c.effective_from <= now).order_by(staff.c.code, staff.c.version.desc()).cte("newest")
    team = select(newest.c.team).where(newest.c.code == caller).scalar_subquery()
    return select(newest.c.code).where(newest.c.team == team)


def received(start: datetime | None, end: datetime | None) -> list[ColumnElement[bool]]:
    """Conditions: received from `start` on and before `end`."""
    return between(c.received_at, start, end)


async def find_complaints(work: Work, filters: Filters, paging: Paging) -> Page[Row[Any]]:
    """One page of complaints, without texts. Raises Invalid for a bad cursor or order."""
    asked = filters.model_dump(exclude_none=True)
    order = ORDER if filters.queue is None else QUEUE_ORDER
    conditions = [*filters.conditions(), *filters.waiting(work.actor.id, work.now)]
    return await order.find(work, select(tables.complaints).where(*conditions), paging, asked)


async def count_untargeted(work: Work) -> int:
    """How many of those that are open have no target: no policy matches them."""
    query = select(func.count()).where(c.flags.contains([NO_TARGET]), c.state.not_in(ENDED))
    return (await work.connection.execute(query)).scalar_one()
