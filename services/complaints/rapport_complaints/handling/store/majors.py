"""Major cases: their store with a timer for the next due step of each, their list, and what the rules look for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Annotated, Any, cast
from uuid import UUID

from pydantic import Field
from rapport_chassis.columns import table_of
from rapport_chassis.filters import Changing, Dated, Is, Many, OneCode, OneOf, Where, before, unset
from rapport_chassis.histories import HistoryStore
from rapport_chassis.lists import Keyset, Page, Paging
from rapport_chassis.versions import VersionedKind, versions_table
from rapport_chassis.work import Work
from rapport_contracts.fields import UtcTime
from sqlalchemy import Column, DateTime, Index, Integer, Row, func, select, text

from rapport_complaints.cases.store import tables
from rapport_complaints.catalogue import WITHOUT_TEXTS
from rapport_complaints.handling.domain.major import MAJOR_LIFE, MAJOR_POLICY, MajorCase, MajorPolicy
from rapport_complaints.schema import metadata

MAJOR_POLICIES = VersionedKind(
    versions_table("major_policies", metadata, "What is a major complaint"),
    MajorPolicy,
    "major-policy",
    MAJOR_POLICY,
    tells=WITHOUT_TEXTS,
)

major_cases = table_of(
    MajorCase,
    "major_cases",
    metadata,
    Column("id", comment="time-ordered"),
    Column("rule", comment="null: declared by hand"),
    Column("cause", comment="of the complaint when it was declared"),
    Column("told", comment="roles"),
    Column("late_steps", Integer, nullable=False),
    Column("next_due_at", DateTime(timezone=True)),
    Index("major_cases_open", "complaint_id", unique=True, postgresql_where=text("ended_at IS NULL")),
    Index("major_cases_complaint", "complaint_id", "id"),
    Index("major_cases_cause", "cause", "rule", postgresql_where=text("ended_at IS NULL AND cause IS NOT NULL")),
    refers={"complaint_id": "complaints.id"},
    comment="One row for each time that a complaint was declared major; next_due_at is the earliest of its open steps.",
)
m, c = major_cases.c, tables.complaints.c
ORDER = Keyset({"declared": m.id}, m.id, default="-declared")


class MajorCases(HistoryStore[MajorCase]):
    """Major cases."""

    table = major_cases
    kind = MajorCase
    name = "major-case"
    check_timer = "major.look"

    async def open_of(self, complaint_id: UUID) -> MajorCase | None:
        """The open case of a complaint, locked; None: it has none. One statement."""
        query = select(major_cases).where(m.complaint_id == complaint_id, m.ended_at.is_(None)).with_for_update()
        row = (await self.work.connection.execute(query)).mappings().one_or_none()
        if row is None:
            return None
        self._hold(cast("Mapping[str, Any]", row), locked=True)
        return self._held[row["id"]].aggregate

    async def left_to_rules(self, rule: str, ids: Collection[UUID], since: timedelta | None) -> dict[UUID, int]:
        """Those of these complaints that a rule can declare, each with how many are like it: complaints of the same cause
        found within `since`, itself included, and its duplicates and recurrences received within it; 0 if `since` is None.
        Left out are complaints that were lowered in this episode, and, if `since` is given, those whose cause has an
        open case of this rule. One statement."""
        start = None if since is None else self.work.now - since
        values = {"rule": rule, "ids": list(ids), "start": start}
        return {row.id: row.n for row in await self.work.connection.execute(_LEFT_TO_RULES, values)}


class MajorFilters(Changing, Dated):
    """What a list of major cases can be narrowed down to."""

    at = "declared_at"

    complaint: Annotated[UUID | None, Is("complaint_id")] = None
    open: Annotated[bool | None, unset("ended_at")] = Field(default=None, description="True: the complaint is major now.")
    late: Annotated[
        bool | None, Where(lambda case, yes: case.late_steps > 0 if yes else case.late_steps == 0, "late_steps")
    ] = Field(default=None, description="True: with a step that was done late, or is late now.")
    state: Annotated[Many[str] | None, OneOf(MAJOR_LIFE.states)] = None
    rule: Many[OneCode] | None = Field(default=None, description="Declared by this rule.")
    by_hand: Annotated[bool | None, unset("rule")] = None
    due_before: Annotated[UtcTime | None, before("next_due_at")] = Field(
        default=None, description="With an open step that is due before this time."
    )


async def count_late_majors(work: Work) -> int:
    """How many major complaints have a step that is overdue and not done."""
    query = select(func.count()).where(m.ended_at.is_(None), m.next_due_at < work.now)
    return int((await work.connection.execute(query)).scalar_one())


async def find_major_cases(work: Work, filters: MajorFilters, paging: Paging) -> Page[Row[Any]]:
    """One page of cases with number and state of their complaints. Raises Invalid for a bad cursor or order."""
    known = select(*major_cases.columns, c.number, c.state.label("complaint_state"))
    query = known.join(tables.complaints, c.id == m.complaint_id).where(*filters.conditions(work, major_cases))
    return await ORDER.find(work, query, paging, filters.asked)


_LEFT_TO_RULES = text(
    """
    SELECT t.id,
        coalesce((SELECT count(*) FROM complaints o WHERE o.cause = t.cause AND o.cause_at >= CAST(:start AS timestamptz)
            AND o.state <> 'duplicate'), 0)
        + (SELECT count(*) FROM complaints o WHERE o.duplicate_of = t.id AND o.received_at >= CAST(:start AS timestamptz))
        + (SELECT count(*) FROM complaints o WHERE o.recurrence_of = t.id AND o.received_at >= CAST(:start AS timestamptz)
            AND o.cause IS DISTINCT FROM t.cause) AS n
    FROM complaints t
    WHERE t.id = ANY(:ids) AND NOT EXISTS (
        SELECT FROM major_cases k WHERE k.complaint_id = t.id AND k.state = 'lowered'
            AND k.declared_at >= coalesce(t.began_at, t.received_at)
    ) AND NOT EXISTS (
        SELECT FROM major_cases k WHERE k.cause = t.cause AND k.rule = :rule AND k.ended_at IS NULL
            AND CAST(:start AS timestamptz) IS NOT NULL
    )
    """
)
