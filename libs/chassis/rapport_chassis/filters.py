"""What a list can be narrowed down to: a field is the column of its name, unless it says otherwise.

    class WinBackFilters(Changing, Dated):                                # with `from`, `to`, `period` and `tz`
        at = "requested_at"
        state: Annotated[Many[str] | None, OneOf(LIFE.states)] = None      # may be repeated: any of them
        reason: Many[WinBackReason] | None = None
        customer: Annotated[UUID | None, Is("customer_id")] = None
        open: Annotated[bool | None, open_in(LIFE)] = Field(default=None, description="Not closed yet, or closed.")
        due_before: Annotated[UtcTime | None, Where(lambda w, at: w.closed_at.is_(None) & (w.due_at < at))] = None

    page = await find(work, win_backs, REQUESTED, filters, paging)

What needs more than that, such as who the caller is, marks its field with `BY_HAND` and hands its conditions to `find`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeVar
from uuid import UUID

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema
from rapport_contracts.fields import Code, UtcTime, WrongValue
from rapport_contracts.vocabulary import VOCABULARY
from rapport_kernel.states import StateTable
from rapport_kernel.vocabularies import Vocabulary
from sqlalchemy import ColumnElement, FromClause, Row, Table, select

from rapport_chassis.bodies import Params
from rapport_chassis.columns import UPDATED_AT
from rapport_chassis.lists import Keyset, Page, Paging, between
from rapport_chassis.periods import Period
from rapport_chassis.work import Work

MOST_VALUES = 20
T = TypeVar("T")
Many = Annotated[list[T], Field(min_length=1, max_length=MOST_VALUES)]
"""Of a parameter that may be repeated: any of these values."""


def _single(value: str) -> str:
    if "," in value:
        raise WrongValue("comma-joined")
    return value


OneCode = Annotated[Code, AfterValidator(_single)]
"""A code kept as data, such as a category: none has a comma, so whoever sends one means several codes."""


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
    """The value is among those of the column, an array; of a list of values: one of them."""
    return Where(lambda columns, value: _among(columns[name], value), name)


def open_in(life: StateTable) -> Where:
    """True: what its life has not ended; false: what it has."""
    ended = list(life.ended)
    return Where(lambda c, value: c.state.not_in(ended) if value else c.state.in_(ended), "state")


@dataclass(frozen=True, slots=True)
class OneOf:
    """`state: Annotated[Many[str] | None, OneOf(LIFE.states)] = None`: any of these values, a vocabulary of our own that is
    no type. What is not in it is refused with those that are, and they stand in the document."""

    values: Vocabulary

    def __get_pydantic_json_schema__(self, core: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """With the name of the vocabulary."""
        schema = handler(core)
        for branch in schema["anyOf"]:
            if "items" in branch:
                branch["items"][VOCABULARY] = self.values.name
        return schema

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """A list of them, or nothing."""
        values = core_schema.list_schema(core_schema.literal_schema(list(self.values)), max_length=MOST_VALUES)
        return core_schema.nullable_schema(values)


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

    def asked_of(self, parent: UUID | None) -> Mapping[str, object]:
        """The same for the list of one parent: a cursor of another one is refused."""
        return self.asked if parent is None else {**self.asked, "of": str(parent)}


class Changing(Filters):
    """Of a list of things with a version, for those who follow what changes."""

    changed_since: Annotated[UtcTime | None, Where(lambda c, since: c[UPDATED_AT] >= since, UPDATED_AT)] = Field(
        default=None,
        description="Written at this time or later; in the order of `updated_at` unless `sort` says otherwise. What was"
        " written at the same time may appear a little later: ask again from a minute before the last one.",
    )


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
    work: Work,
    table: Table,
    order: Keyset,
    filters: Filters,
    paging: Paging,
    *more: ColumnElement[bool],
    of: UUID | None = None,
) -> Page[Row[Any]]:
    """One page of a table; `more` are conditions beside the filters, such as those of the thing that it is a list `of`.
    Raises Invalid for a bad cursor or order."""
    query = select(table).where(*filters.conditions(work, table), *more)
    return await order.find(work, query, paging, filters.asked_of(of))


def _fields(filters: type[Filters]) -> Collection[tuple[str, Any]]:
    own = Period.model_fields if issubclass(filters, Dated) else {}
    return [(name, info) for name, info in filters.model_fields.items() if name not in own]


def _among(column: Any, value: Any) -> ColumnElement[bool]:
    """One value is asked as a containment, which gin indexes and statistics know best."""
    several = value if isinstance(value, list) else [value]
    found: ColumnElement[bool] = column.contains(several) if len(several) == 1 else column.overlap(several)
    return found


def _equal(column: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    several = value if isinstance(value, list) else [value]
    return column == several[0] if len(several) == 1 else column.in_(several)
