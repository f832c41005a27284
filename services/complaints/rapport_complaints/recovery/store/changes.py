"""Changes as aggregates, one timer for the next due step of each; lists, and the counts that their effect is measured by."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import Field, TypeAdapter
from rapport_chassis.bodies import Params
from rapport_chassis.histories import HistoryStore
from rapport_chassis.lists import Keyset, Page, Paging, between
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import ChangeVerdict, TrendDimension
from rapport_contracts.fields import Code, UtcTime
from sqlalchemy import ColumnElement, Row, func, or_, select

from rapport_complaints.cases.store.tables import complaints
from rapport_complaints.finding.store.trends import COUNTED
from rapport_complaints.recovery.domain.change import ChangeRecord
from rapport_complaints.recovery.domain.change_effect import Counted, Effect, Periods
from rapport_complaints.recovery.store import tables_changes as tables

LOOK = "change.look"
"""The kind of timer at which a step of a change is due; its key is the change."""

g = tables.changes.c
PROPOSED = Keyset({"proposed_at": [g.proposed_at, g.id], "number": [g.number]}, default="-proposed_at")

EFFECTS = TypeAdapter(list[Effect])


class Changes(HistoryStore[ChangeRecord]):
    """Changes."""

    table = tables.changes
    kind = ChangeRecord
    name = "change"

    def to_row(self, aggregate: ChangeRecord) -> dict[str, Any]:
        """What lists need is computed."""
        measured = aggregate.measured
        return {
            **super().to_row(aggregate),
            "verdict": None if measured is None else measured.verdict,
            "late_steps": aggregate.late_steps,
            "due_at": aggregate.due_at,
        }

    async def flush(self) -> None:
        """Changes, their history, then the timers of those that were changed."""
        before = {each.aggregate.id: each.aggregate.version for each in self._held.values()}
        await super().flush()
        for change in [each.aggregate for each in self._held.values()]:
            if change.version == before[change.id]:
                continue
            if change.next_look is not None:
                await self.work.timers.set(LOOK, change.id, change.next_look)
            else:
                await self.work.timers.cancel(LOOK, change.id)


class ChangeFilters(Params):
    """What a list of changes can be narrowed down to."""

    state: Code | None = None
    owner: Code | None = Field(default=None, description="Who answers for it.")
    dimension: TrendDimension | None = None
    group: Code | None = None
    trend: UUID | None = None
    complaint: UUID | None = Field(default=None, description="With this complaint among those that show the problem.")
    verdict: ChangeVerdict | None = Field(default=None, description="Of the effect recorded last of what binds now.")
    open: bool | None = Field(default=None, description="Neither closed nor abandoned, or one of these.")
    late: bool | None = Field(default=None, description="With a step that was or is done after its time, or without one.")
    due_before: UtcTime | None = Field(default=None, description="With an open step that is due before this time.")
    from_: UtcTime | None = Field(default=None, alias="from", description="Proposed from this time on.")
    to: UtcTime | None = Field(default=None, description="Proposed before this time.")

    def conditions(self) -> list[ColumnElement[bool]]:
        """As conditions of the statement."""
        equal = {
            g.state: self.state,
            g.owner: self.owner,
            g.dimension: self.dimension,
            g.group: self.group,
            g.trend_id: self.trend,
            g.verdict: self.verdict,
        }
        found = [column == value for column, value in equal.items() if value is not None]
        if self.complaint is not None:
            found.append(g.complaints.contains([self.complaint]))
        if self.open is not None:
            found.append(g.ended_at.is_(None) if self.open else g.ended_at.is_not(None))
        if self.late is not None:
            found.append(g.late_steps > 0 if self.late else g.late_steps == 0)
        if self.due_before is not None:
            found.append(g.due_at < self.due_before)
        return [*found, *between(g.proposed_at, self.from_, self.to)]


async def find_changes(work: Work, filters: ChangeFilters, paging: Paging) -> Page[Row[Any]]:
    """One page of changes. Raises Invalid for a bad cursor or order."""
    asked = filters.model_dump(mode="json", exclude_none=True)
    return await PROPOSED.find(work, select(tables.changes).where(*filters.conditions()), paging, asked)


async def count_around(work: Work, dimension: str, group: str, periods: Periods) -> Counted:
    """Complaints of a group in both periods, by the time that the dimension counts; one statement."""
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
