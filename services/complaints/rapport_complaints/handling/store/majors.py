"""Major cases as aggregates, one timer for the next due step of each; lists, and how many complaints are alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import Field, TypeAdapter
from rapport_chassis.bodies import Params
from rapport_chassis.lists import Keyset, Page, Paging, between
from rapport_chassis.store import AggregateStore
from rapport_chassis.work import Work
from rapport_contracts.fields import Code, UtcTime
from sqlalchemy import ColumnElement, Row, func, select, text

from rapport_complaints.cases.store import tables
from rapport_complaints.handling.domain.major import CaseStep, MajorCase
from rapport_complaints.handling.store.tables_major import major_cases

LOOK = "major.look"
"""The kind of timer at which a step of a case is due; its key is the case."""
_PLAIN = [each.name for each in fields(MajorCase) if each.name not in {"id", "version", "recorded", "steps"}]
_STEPS = TypeAdapter(list[CaseStep])

m, c = major_cases.c, tables.complaints.c
ORDER = Keyset({"declared": [m.id]}, default="-declared")


class MajorCases(AggregateStore[MajorCase]):
    """Major cases."""

    table = major_cases

    def to_row(self, aggregate: MajorCase) -> dict[str, Any]:
        """Steps as plain data; `late_steps` and `next_due_at` are computed for lists."""
        plain = {name: getattr(aggregate, name) for name in _PLAIN}
        steps = _STEPS.dump_python(aggregate.steps)
        waiting = [step.due_at for step in aggregate.steps if step.done_at is None and step.due_at is not None]
        due = min(waiting, default=None) if aggregate.ended_at is None else None
        return {**plain, "steps": steps, "late_steps": aggregate.late_steps, "next_due_at": due}

    def from_row(self, row: Mapping[str, Any]) -> MajorCase:
        """The same back."""
        return MajorCase(id=row["id"], **{name: row[name] for name in _PLAIN}, steps=_STEPS.validate_python(row["steps"]))

    async def flush(self) -> None:
        """Cases, then the timers of those that were changed."""
        before = {each.aggregate.id: each.aggregate.version for each in self._held.values()}
        await super().flush()
        for case in [each.aggregate for each in self._held.values()]:
            if case.version == before[case.id]:
                continue
            if case.next_look is not None:
                await self.work.timers.set(LOOK, case.id, case.next_look)
            else:
                await self.work.timers.cancel(LOOK, case.id)

    async def open_of(self, complaint_id: UUID) -> MajorCase | None:
        """The case that a complaint has now, locked; None: it has none."""
        query = select(m.id).where(m.complaint_id == complaint_id, m.ended_at.is_(None))
        found = (await self.work.connection.execute(query)).scalar_one_or_none()
        if found is None:
            return None
        return (await self.get_many([found], for_update=True))[found]

    async def lowered(self, ids: Collection[UUID]) -> dict[UUID, datetime]:
        """When those of these complaints that were lowered had been declared, the last time (UTC); one statement."""
        query = select(m.complaint_id, func.max(m.declared_at)).where(m.complaint_id.in_(ids), m.state == "lowered")
        return {row[0]: row[1] for row in await self.work.connection.execute(query.group_by(m.complaint_id))}

    async def alike(self, rule: str, ids: Collection[UUID], since: timedelta) -> dict[UUID, int]:
        """How many complaints are like each of these: of one cause that was found since then, itself among them, and
        duplicates and recurrences of it received since then. Left out is one whose cause has an open case of this rule. One
        statement."""
        values = {"rule": rule, "ids": list(ids), "start": self.work.now - since}
        return {row.id: row.n for row in await self.work.connection.execute(_ALIKE, values)}


class MajorFilters(Params):
    """What a list of major cases can be narrowed down to."""

    complaint: UUID | None = None
    open: bool | None = Field(default=None, description="True: the complaint is a major one now.")
    late: bool | None = Field(default=None, description="True: with a step that was or is done after its time.")
    rule: Code | None = Field(default=None, description="Declared by this rule.")
    by_hand: bool | None = None
    due_before: UtcTime | None = Field(default=None, description="With an open step that is due before this time.")
    from_: UtcTime | None = Field(default=None, alias="from", description="Declared from this time on.")
    before: UtcTime | None = Field(default=None, description="Declared before this time.")

    def conditions(self) -> list[ColumnElement[bool]]:
        """As conditions of the statement."""
        found: list[ColumnElement[bool]] = []
        if self.complaint is not None:
            found.append(m.complaint_id == self.complaint)
        if self.open is not None:
            found.append(m.ended_at.is_(None) if self.open else m.ended_at.is_not(None))
        if self.late is not None:
            found.append(m.late_steps > 0 if self.late else m.late_steps == 0)
        if self.rule is not None:
            found.append(m.rule == self.rule)
        if self.by_hand is not None:
            found.append(m.rule.is_(None) if self.by_hand else m.rule.is_not(None))
        if self.due_before is not None:
            found.append(m.next_due_at < self.due_before)
        return [*found, *between(m.declared_at, self.from_, self.before)]


async def count_late_majors(work: Work) -> int:
    """How many major complaints there are now with a step that is overdue and not done."""
    query = select(func.count()).where(m.ended_at.is_(None), m.next_due_at < work.now)
    return int((await work.connection.execute(query)).scalar_one())


async def find_major_cases(work: Work, filters: MajorFilters, paging: Paging) -> Page[Row[Any]]:
    """One page of cases with number and state of their complaints. Raises Invalid for a bad cursor or order."""
    asked = filters.model_dump(exclude_none=True)
    known = select(*major_cases.columns, c.number, c.state.label("complaint_state"))
    query = known.join(tables.complaints, c.id == m.complaint_id).where(*filters.conditions())
    return await ORDER.find(work, query, paging, asked)


_ALIKE = text(
    """
    SELECT t.id,
        coalesce((SELECT count(*) FROM complaints o WHERE o.cause = t.cause AND o.cause_at >= :start
            AND o.state <> 'duplicate'), 0)
        + (SELECT count(*) FROM complaints o WHERE o.duplicate_of = t.id AND o.received_at >= :start)
        + (SELECT count(*) FROM complaints o WHERE o.recurrence_of = t.id AND o.received_at >= :start
            AND o.cause IS DISTINCT FROM t.cause) AS n
    FROM complaints t
    WHERE t.id = ANY(:ids) AND NOT EXISTS (
        SELECT FROM major_cases k WHERE k.cause = t.cause AND k.rule = :rule AND k.ended_at IS NULL
    )
    """
)
