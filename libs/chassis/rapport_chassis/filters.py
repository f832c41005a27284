"""What a list can be narrowed down to: a field is the column of its name, unless it says otherwise.

    class WinBackFilters(Dated):                                          # with `from`, `to`, `period` and `tz`
        at = "requested_at"
        state: Code | None = None
        reason: list[WinBackReason] | None = None                       # may be repeated: any of them
        customer: Annotated[UUID | None, Is("customer_id")] = None
        open: Annotated[bool | None, unset("closed_at")] = Field(default=None, description="Not closed yet, or closed.")
        due_before: Annotated[UtcTime | None, Where(lambda w, at: w.closed_at.is_(None) & (w.due_at < at))] = None

    page = await find(work, win_backs, REQUESTED, filters, paging)

What needs more than that, such as who the caller is, marks its field with `BY_HAND` and hands its conditions to `find`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, FromClause, Row, Table, select

from rapport_chassis.bodies import Params
from rapport_chassis.lists import Keyset, Page, Paging, between
from rapport_chassis.periods import Period
from rapport_chassis.work import Work


@dataclass(frozen=True, slots=True)
class Where:
    """The condition that a value makes of the columns, `table.c`. `column` is named where there is one, so that a wrong name
    is found when the list is declared."""

    condition: Callable[[Any, Any], ColumnElement[bool] | None]
    column: str | None = None


BY_HAND = Where(lambda *_: None)
"""No condition by itself: the list makes one of it, or reads it in another way."""


def Is(name: str) -> Where:  # noqa: N802 - reads as what it is
    """Equal to the column of this name; of a list of values: one of them."""
    return Where(lambda columns, value: _equal(columns[name], value), name)


def before(name: str) -> Where:
    """Before this time."""
    return Where(lambda columns, value: columns[name] < value, name)


def unset(name: str) -> Where:
    """True: the column is null; false: it is not."""
    return Where(lambda columns, value: columns[name].is_(None) if value else columns[name].is_not(None), name)


def given(name: str) -> Where:
    """True: the column is not null; false: it is."""
    return Where(lambda columns, value: columns[name].is_not(None) if value else columns[name].is_(None), name)


def contains(name: str) -> Where:
    """The value is among those of the column, an array."""
    return Where(lambda columns, value: columns[name].contains([value]), name)


class Filters(Params):
    """Query parameters of a list; what is not given does not restrict."""

    def conditions(self, work: Work, table: FromClause) -> list[ColumnElement[bool]]:  # noqa: ARG002 - of dated ones
        """As conditions of a statement on `table`. Raises TypeError for a field without a column."""
        found = []
        for name, where in wheres(type(self), table).items():
            value = getattr(self, name)
            if value is not None and (condition := where.condition(table.c, value)) is not None:
                found.append(condition)
        return found

    @property
    def asked(self) -> Mapping[str, object]:
        """What was given, for the cursor: it belongs to this list only."""
        return self.model_dump(mode="json", exclude_none=True)


class Dated(Filters, Period):
    """Of a list whose rows have a time: `from`, `to`, `period` and `tz` are about the column that `at` names."""

    at: ClassVar[str]

    def conditions(self, work: Work, table: FromClause) -> list[ColumnElement[bool]]:
        """With those of the period. Raises TypeError for a field without a column."""
        span = self.span(work)
        return [*super().conditions(work, table), *between(table.c[self.at], span.since, span.until)]


_checked: dict[tuple[type[Filters], FromClause], dict[str, Where]] = {}


def wheres(filters: type[Filters], table: FromClause) -> dict[str, Where]:
    """For each field the condition that it makes; worked out once. Raises TypeError for a field that is no column of `table`
    and does not say which one it is."""
    known = _checked.get((filters, table))
    if known is None:
        known = {name: next((m for m in info.metadata if isinstance(m, Where)), Is(name)) for name, info in _fields(filters)}
        wrong = [name for name, where in known.items() if where.column is not None and where.column not in table.c]
        if issubclass(filters, Dated) and filters.at not in table.c:
            wrong.append("at")
        if wrong:
            raise TypeError(f"{filters.__name__}: no column for {', '.join(wrong)}")
        _checked[filters, table] = known
    return known


async def find(
    work: Work, table: Table, order: Keyset, filters: Filters, paging: Paging, *more: ColumnElement[bool]
) -> Page[Row[Any]]:
    """One page of a table; `more` are conditions beside the filters. Raises Invalid for a bad cursor or order."""
    return await order.find(work, select(table).where(*filters.conditions(work, table), *more), paging, filters.asked)


def _fields(filters: type[Filters]) -> Collection[tuple[str, Any]]:
    own = Period.model_fields if issubclass(filters, Dated) else {}
    return [(name, info) for name, info in filters.model_fields.items() if name not in own]


def _equal(column: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    return column.in_(value) if isinstance(value, list) else column == value
