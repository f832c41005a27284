"""Lists: keyset paging. A page never repeats or skips a row because another was inserted meanwhile.

The cursor says after which key the next page starts, for which order and which filter; it is checked, and a cursor of
another list is refused. It holds sort keys only, never personal data.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Generic, TypeVar

import orjson
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from rapport_kernel.errors import Invalid
from sqlalchemy import ColumnElement, FromClause, Row, Select, bindparam, tuple_

from rapport_chassis.bodies import Params
from rapport_chassis.work import Work

T = TypeVar("T")
V = TypeVar("V")

LIMIT = 200


class Page(BaseModel, Generic[T]):
    """One page of a list; `next` is the cursor of the page after it, or null on the last one."""

    items: list[T]
    next: str | None = Field(default=None, description="Give this as `after` to read on; null: nothing more.")

    def map(self, view: Callable[[T], V]) -> Page[V]:
        """The same page with every item as `view` shows it."""
        return Page(items=[view(each) for each in self.items], next=self.next)


class Paging(Params):
    """`limit`, `after` and `sort` of every list."""

    limit: int = Field(default=50, ge=1, le=LIMIT, description="How many items at most.")
    after: str | None = Field(default=None, max_length=1000, description="The `next` of the page before.")
    sort: str | None = Field(
        default=None, max_length=64, pattern="^-?[a-z][a-z_]*$", description="A field name; with `-` before it: descending."
    )


class Keyset:
    """How a list may be ordered, and where the next page starts.

    `sorts` names each order and its columns; the last column of each must be unique (usually the id), and none may be
    null. `default` is the order when the caller asks for none, with `-` before it for descending.

        RECENT = Keyset({"opened_at": [cases.c.opened_at, cases.c.id]}, default="-opened_at")
        return await RECENT.find(work, query, paging, filters)
    """

    def __init__(self, sorts: Mapping[str, Sequence[ColumnElement[Any]]], default: str) -> None:
        """Raises ValueError when `default` is not one of the orders."""
        if default.removeprefix("-") not in sorts:
            raise ValueError(f"no order named {default!r}")
        self._sorts = {name: tuple(columns) for name, columns in sorts.items()}
        self._readers = {name: _reader(columns) for name, columns in self._sorts.items()}
        self._default = default

    def select(self, statement: Select[Any], paging: Paging, filters: Mapping[str, object] | None = None) -> Select[Any]:
        """`statement` ordered, started after the cursor and cut to one more row than asked for.

        `filters` are the other parameters of the list: a cursor made under other filters is refused.
        Raises Invalid `bad-sort`, `bad-cursor`.
        """
        sort, columns = self._order(paging)
        descending = sort.startswith("-")
        after = self.after(paging, filters)
        if after is not None:
            values = [bindparam(None, value, column.type) for column, value in zip(columns, after, strict=True)]
            here, there = tuple_(*columns), tuple_(*values)
            statement = statement.where(here < there if descending else here > there)
        labels = [column.label(f"_key{place}") for place, column in enumerate(columns)]
        return (
            statement.add_columns(*labels)
            .order_by(*[column.desc() if descending else column.asc() for column in columns])
            .limit(paging.limit + 1)
        )

    def order_of(self, found: FromClause, paging: Paging) -> list[ColumnElement[Any]]:
        """The order once more, for a statement around `select` as a subquery: rows of a page shown with more beside them."""
        sort, columns = self._order(paging)
        keys = [found.c[f"_key{place}"] for place in range(len(columns))]
        return [key.desc() if sort.startswith("-") else key.asc() for key in keys]

    async def find(
        self, work: Work, statement: Select[Any], paging: Paging, filters: Mapping[str, object] | None = None
    ) -> Page[Row[Any]]:
        """One page of the rows of `statement`; see `select`."""
        rows = (await work.connection.execute(self.select(statement, paging, filters))).all()
        return self.page(rows, paging, filters, lambda row: row)

    def page(
        self,
        rows: Sequence[Any],
        paging: Paging,
        filters: Mapping[str, object] | None,
        view: Callable[[Any], T],
    ) -> Page[T]:
        """The page made of the rows that `select` found; `view` makes an item of a row."""
        sort, columns = self._order(paging)
        shown = rows[: paging.limit]
        more = len(rows) > paging.limit
        last = [getattr(shown[-1], f"_key{place}") for place in range(len(columns))] if more else None
        return Page(items=[view(row) for row in shown], next=_pack(sort, filters, last) if last is not None else None)

    def after(self, paging: Paging, filters: Mapping[str, object] | None = None) -> tuple[Any, ...] | None:
        """The key to start after, or None on the first page; for lists written as plain SQL. Raises Invalid."""
        sort, _ = self._order(paging)
        if paging.after is None:
            return None
        values = _unpack(paging.after, sort, filters)
        try:
            return tuple(self._readers[sort.removeprefix("-")].validate_python(values))
        except ValidationError:
            raise _bad_cursor() from None

    def _order(self, paging: Paging) -> tuple[str, tuple[ColumnElement[Any], ...]]:
        sort = paging.sort or self._default
        columns = self._sorts.get(sort.removeprefix("-"))
        if columns is None:
            raise Invalid.at("sort", "bad-sort", known=sorted(self._sorts))
        return sort, columns


def between(column: ColumnElement[Any], start: datetime | None, end: datetime | None) -> list[ColumnElement[bool]]:
    """Conditions of a list: from `start` on and before `end`, where they are given."""
    return [*([column >= start] if start is not None else []), *([column < end] if end is not None else [])]


def into(kind: type[T]) -> Callable[[Any], T]:
    """For `Page.map`: a row as the dataclass whose fields have the names of its columns."""
    names = [each.name for each in fields(kind)]  # type: ignore[arg-type]
    return lambda row: kind(**{name: getattr(row, name) for name in names})


def _reader(columns: Sequence[ColumnElement[Any]]) -> TypeAdapter[tuple[Any, ...]]:
    kinds: Any = tuple(column.type.python_type for column in columns)
    key: Any = tuple.__class_getitem__(kinds)
    return TypeAdapter(key)


def _bad_cursor() -> Invalid:
    return Invalid.at("after", "bad-cursor")


def _filter_hash(filters: Mapping[str, object] | None) -> str:
    plain = orjson.dumps(dict(filters or {}), default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return hashlib.blake2b(plain, digest_size=6).hexdigest()


def _pack(sort: str, filters: Mapping[str, object] | None, key: Sequence[object]) -> str:
    plain = orjson.dumps([sort, _filter_hash(filters), list(key)], default=str)
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


def _unpack(cursor: str, sort: str, filters: Mapping[str, object] | None) -> list[Any]:
    try:
        plain = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        raise _bad_cursor() from None
    match plain:
        case [str(made_for), str(made_with), list(key)] if made_for == sort and made_with == _filter_hash(filters):
            return key
        case _:
            raise _bad_cursor()
