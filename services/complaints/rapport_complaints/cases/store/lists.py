"""Lists of complaints, and those that may be about the same matter, without loading aggregates: one statement a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.filters import BY_HAND, Filters, Is, Where, before, contains, find, given, since
from rapport_chassis.lists import Keyset, Page, Paging
from rapport_chassis.work import Work
from rapport_contracts.fields import Code, UtcTime
from rapport_kernel.errors import NotFound
from sqlalchemy import Boolean, ColumnElement, DateTime, Row, Select, func, literal_column, select, text
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


def _escalated(columns: Any, escalated: bool) -> ColumnElement[bool]:
    return columns.escalation_level > 0 if escalated else columns.escalation_level == 0  # type: ignore[no-any-return]


class ComplaintFilters(Filters):
    """What a list of complaints can be narrowed down to."""

    queue: Annotated[Queue | None, BY_HAND] = Field(
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
    customer: Annotated[UUID | None, Is("customer_id")] = None
    duplicate_of: UUID | None = None
    recurrence_of: UUID | None = None
    flag: Annotated[Code | None, contains("flags")] = Field(
        default=None, description="For example `no-target`, `unknown-category`."
    )
    escalated: Annotated[bool | None, Where(_escalated, "escalation_level")] = Field(
        default=None, description="True: somebody with more say has to know of it now."
    )
    awaiting_approval: Annotated[bool | None, given("pending_at")] = Field(
        default=None, description="True: a proposal waits for somebody with authority."
    )
    due_before: Annotated[UtcTime | None, before("due_at")] = Field(
        default=None, description="With a running clock that is due before this time."
    )
    from_: Annotated[UtcTime | None, since("received_at")] = Field(
        default=None, alias="from", description="Received from this time on."
    )
    to: Annotated[UtcTime | None, before("received_at")] = Field(default=None, description="Received before this time.")

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


async def find_complaints(work: Work, filters: ComplaintFilters, paging: Paging) -> Page[Row[Any]]:
    """One page of complaints, without texts. Raises Invalid for a bad cursor or order."""
    order = ORDER if filters.queue is None else QUEUE_ORDER
    return await find(work, tables.complaints, order, filters, paging, *filters.waiting(work.actor.id, work.now))


async def count_untargeted(work: Work) -> int:
    """How many of those that are open have no target: no policy matches them."""
    query = select(func.count()).where(c.flags.contains([NO_TARGET]), c.state.not_in(ENDED))
    return (await work.connection.execute(query)).scalar_one()


MOST = 50


@dataclass(frozen=True, slots=True)
class Similar:
    """One of them, with the reasons: `same-interaction`, `same-customer`, `same-touchpoint`."""

    id: UUID
    number: str
    state: str
    category: str
    touchpoint: str | None
    customer_id: UUID | None
    received_at: datetime
    reasons: list[str]


async def find_similar(work: Work, complaint_id: UUID) -> list[Similar]:
    """Those of the same interaction, of the same customer, or of the same category at the same touchpoint as many days
    around it as its policy says; most reasons first, then the nearest in time, 50 at most. Duplicates are not among them:
    they cannot be the original. Raises NotFound."""
    rows = (await work.connection.execute(SIMILAR, {"id": complaint_id, "most": MOST})).mappings().all()
    if not rows:
        raise NotFound
    return [Similar(**row) for row in rows if row["id"] is not None]


SIMILAR = text(
    """
    WITH one AS (
        SELECT c.id, c.customer_id, c.interaction_id, c.category, c.touchpoint, c.received_at,
            make_interval(days => coalesce((
                SELECT (p.body ->> 'similar_days')::int FROM sla_policies p
                WHERE p.code = c.policy AND p.version = c.policy_version
            ), 30)) AS around
        FROM complaints c WHERE c.id = :id
    ), found AS (
        (SELECT o.id, 'same-interaction' AS reason, 1 AS rank FROM one JOIN complaints o
            ON o.interaction_id = one.interaction_id
        WHERE o.id <> one.id AND o.state <> 'duplicate' LIMIT :most)
        UNION ALL
        (SELECT o.id, 'same-customer', 2 FROM one JOIN complaints o ON o.customer_id = one.customer_id
        WHERE o.id <> one.id AND o.state <> 'duplicate' ORDER BY o.received_at DESC LIMIT :most)
        UNION ALL
        (SELECT o.id, 'same-touchpoint', 3 FROM one JOIN complaints o ON o.category = one.category
            AND o.touchpoint = one.touchpoint
            AND o.received_at BETWEEN one.received_at - one.around AND one.received_at + one.around
        WHERE o.id <> one.id AND o.state <> 'duplicate' ORDER BY o.received_at DESC LIMIT :most)
    ), together AS (
        SELECT id, array_agg(reason ORDER BY rank) AS reasons FROM found GROUP BY id
    )
    SELECT o.id, o.number, o.state, o.category, o.touchpoint, o.customer_id, o.received_at, t.reasons
    FROM one LEFT JOIN together t ON true LEFT JOIN complaints o ON o.id = t.id
    ORDER BY cardinality(t.reasons) DESC NULLS LAST, t.reasons,
        greatest(o.received_at - one.received_at, one.received_at - o.received_at), o.id
    LIMIT :most
    """
)
