"""Changes; and the counts that their effect is measured by."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field
from rapport_chassis.columns import table_of
from rapport_chassis.filters import Changing, Dated, Is, Many, OneCode, OneOf, Where, before, contains, unset
from rapport_chassis.histories import HistoryStore
from rapport_chassis.lists import Keyset
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import ChangeVerdict, TrendDimension
from rapport_contracts.fields import Code, UtcTime
from sqlalchemy import Column, Index, Integer, Sequence, Text, func, or_, select, text

from rapport_complaints.cases.store.tables import complaints
from rapport_complaints.finding.domain.change import CHANGE_LIFE, Change
from rapport_complaints.finding.domain.effect import Counted, Periods
from rapport_complaints.finding.store.trends import COUNTED
from rapport_complaints.schema import metadata, moment

change_numbers = Sequence("change_numbers", metadata=metadata)
changes = table_of(
    Change,
    "changes",
    metadata,
    Column("number", unique=True),
    Column("group", comment="the code whose complaints are to become fewer"),
    Column("trend_id", comment="the trend that led to it; of old runs only what rose is kept"),
    Column("verdict", Text, comment="of the effect recorded last of what binds now"),
    Column("late_steps", Integer, nullable=False),
    moment("due_at"),
    Index("changes_proposed", "proposed_at", "id"),
    Index("changes_state", "state", "proposed_at", "id"),
    Index("changes_group", "dimension", "group", "proposed_at", "id"),
    Index("changes_complaints", "complaints", postgresql_using="gin"),
    Index("changes_due", "due_at", "id", postgresql_where=text("due_at IS NOT NULL")),
    comment="One row for each change; due_at is the earliest of its open steps.",
)
g = changes.c
BY_PROPOSAL = Keyset({"proposed_at": g.proposed_at, "number": g.number}, g.id, default="-proposed_at")


class Changes(HistoryStore[Change]):
    """Changes."""

    table = changes
    kind = Change
    name = "change"
    check_timer = "change.look"


class ChangeFilters(Changing, Dated):
    """What a list of changes can be narrowed down to."""

    at = "proposed_at"

    number: OneCode | None = Field(default=None, description="As it was given out.")
    state: Annotated[Many[str] | None, OneOf(CHANGE_LIFE.states)] = None
    assignee: Annotated[Many[Code] | None, Is("owner")] = Field(default=None, description="Who answers for it: its `owner`.")
    dimension: Many[TrendDimension] | None = None
    group: Many[Code] | None = None
    trend: Annotated[UUID | None, Is("trend_id")] = None
    complaint: Annotated[UUID | None, contains("complaints")] = Field(
        default=None, description="With this complaint among those that show the problem."
    )
    verdict: Many[ChangeVerdict] | None = Field(
        default=None, description="Of the last effect recorded since the change was refrozen."
    )
    open: Annotated[bool | None, unset("ended_at")] = Field(
        default=None, description="Neither closed nor abandoned, or one of these."
    )
    late: Annotated[bool | None, Where(lambda c, late: c.late_steps > 0 if late else c.late_steps == 0)] = Field(
        default=None, description="With a step that is overdue or was done late, or without one."
    )
    due_before: Annotated[UtcTime | None, before("due_at")] = Field(
        default=None, description="With an open step that is due before this time."
    )


async def count_around(work: Work, dimension: str, group: str, periods: Periods) -> Counted:
    """Complaints of a group in both periods, by the time that counts in the dimension; one statement."""
    column, at = COUNTED[dimension]
    before = (at >= periods.before_start) & (at < periods.before_end)
    after = (at >= periods.after_start) & (at < periods.after_end)
    counts = complaints.c.state != "duplicate"
    first = select(func.min(at)).where(column.is_not(None)).scalar_subquery()
    query = select(
        func.count().filter(counts, before).label("before"),
        func.count().filter(counts, after).label("after"),
        func.count().filter(~counts).label("excluded"),
        first.label("first"),
    ).where(column == group, or_(before, after))
    row = (await work.connection.execute(query)).one()
    return Counted(before=row.before, after=row.after, excluded=row.excluded, first=row.first)
