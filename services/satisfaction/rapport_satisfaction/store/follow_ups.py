"""Follow-up cases in the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from rapport_chassis.lists import Keyset, Page, Paging
from rapport_chassis.store import AggregateStore
from sqlalchemy import Table, select

from rapport_satisfaction.domain.follow_ups import FollowUp
from rapport_satisfaction.store import tables

_TABLE = tables.follow_ups
_COLUMNS = [column.name for column in _TABLE.columns if column.name not in {"id", "version"}]
LIST = Keyset({"due_at": [_TABLE.c.due_at, _TABLE.c.id]}, default="due_at")


@dataclass(frozen=True, slots=True)
class FollowUpFilter:
    """What a list of cases may be narrowed to; `overdue` is true for those that were escalated."""

    state: str | None = None
    assignee: str | None = None
    customer_id: UUID | None = None
    invitation_id: UUID | None = None
    overdue: bool | None = None


class FollowUps(AggregateStore[FollowUp]):
    """Cases by id."""

    table: ClassVar[Table] = _TABLE

    def to_row(self, aggregate: FollowUp) -> dict[str, Any]:
        """The columns of a case."""
        return {name: getattr(aggregate, name) for name in _COLUMNS}

    def from_row(self, row: Mapping[str, Any]) -> FollowUp:
        """A case from its columns."""
        return FollowUp(id=row["id"], **{name: row[name] for name in _COLUMNS})

    async def of(self, customers: Iterable[UUID], states: Sequence[str]) -> list[FollowUp]:
        """Cases of these customers in these states, locked: two statements."""
        query = select(_TABLE.c.id).where(_TABLE.c.customer_id.in_(list(customers)), _TABLE.c.state.in_(states))
        ids = list((await self.work.connection.execute(query)).scalars())
        return list((await self.get_many(ids, for_update=True)).values()) if ids else []

    async def page(self, narrowed: FollowUpFilter, paging: Paging) -> Page[FollowUp]:
        """A page of the list: one statement."""
        filters: dict[str, object] = {name: getattr(narrowed, name) for name in FollowUpFilter.__slots__}
        query = select(_TABLE)
        for name, value in filters.items():
            if name != "overdue" and value is not None:
                query = query.where(_TABLE.c[name] == value)
        if narrowed.overdue is not None:
            escalated = _TABLE.c.escalated_at.is_not(None)
            query = query.where(escalated if narrowed.overdue else ~escalated)
        rows = (await self.work.connection.execute(LIST.select(query, paging, filters))).all()
        return LIST.page(rows, paging, filters, lambda row: self._shown(row._mapping))  # noqa: SLF001 - its public name

    def _shown(self, row: Mapping[str, Any]) -> FollowUp:
        case = self.from_row(row)
        case.version = row["version"]
        return case
