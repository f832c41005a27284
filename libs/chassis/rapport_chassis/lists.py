"""Lists: keyset paging. A page never repeats or skips a row because another was inserted meanwhile.

The cursor says after which key the next page starts, for which order and which filter; it is checked, and a cursor of
another list is refused. It holds sort keys only, never personal data.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

import orjson
from pydantic import BaseModel, Field, TypeAdapter, WithJsonSchema, create_model
from rapport_kernel.errors import Invalid
from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    Row,
    Select,
    and_,
    bindparam,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from rapport_chassis.bodies import Params
from rapport_chassis.columns import UPDATED_AT
from rapport_chassis.work import Work

T = TypeVar("T")
V = TypeVar("V")

LIMIT = 200
MOST_COUNTED = 1000
MOST_KEYS = 4
CHANGED_SINCE = "changed_since"
"""The filter under which rows come in the order of their changes, unless another order is asked for."""


class Count(NamedTuple):
    """How many rows a list has, at most MOST_COUNTED, and whether there are more."""

    n: int
    capped: bool


class Page(BaseModel, Generic[T]):
    """One page of a list; `next` is the cursor of the page after it, or null on the last one."""

    items: list[T]
    next: str | None = Field(default=None, description="Give this as `after` to read on; null: nothing more.")
    count: int | None = Field(
        default=None,
        description=f"With `count=true`: how many match all filters, {MOST_COUNTED} at most; null: not asked for.",
    )
    count_capped: bool = Field(default=False, description="Whether there are more than `count` says.")

    def map(self, view: Callable[[T], V]) -> Page[V]:
        """The same page with every item as `view` shows it."""
        shown = [view(each) for each in self.items]
        return Page(items=shown, next=self.next, count=self.count, count_capped=self.count_capped)


SortKey = Annotated[str, Field(max_length=64, pattern="^-?[a-z][a-z_]*$")]


class Paging(Params):
    """`limit`, `after`, `sort` and `count` of every list. A route names the orders that its list has:
    `paging: Annotated[Paging, ORDER]`."""

    limit: int = Field(default=50, ge=1, le=LIMIT, description="How many items at most.")
    after: str | None = Field(default=None, max_length=1000, description="The `next` of the page before.")
    sort: Annotated[list[SortKey], Field(max_length=MOST_KEYS)] | None = None
    count: bool = Field(default=False, description=f"Whether to count what matches all filters, up to {MOST_COUNTED}.")


@dataclass(frozen=True, slots=True)
class _Key:
    """A column of an order."""

    column: ColumnElement[Any]
    reader: TypeAdapter[Any]
    nullable: bool
    unique: bool
    descending: bool = False

    @classmethod
    def of(cls, column: ColumnElement[Any], *, unique: bool = False) -> _Key:
        """Of what is computed the database cannot say that it is null: it must not be."""
        nullable = isinstance(column, Column) and bool(column.nullable) and not unique
        kind: Any = column.type.python_type
        unique = unique or (isinstance(column, Column) and bool(column.unique) and not nullable)
        return cls(column, TypeAdapter(kind | None if nullable else kind), nullable, unique)

    def beyond(self, value: Any) -> ColumnElement[bool]:
        """Comes after this value. Null is greater than every value, as PostgreSQL sorts it."""
        if value is None:
            return self.column.is_not(None) if self.descending else false()
        there = bindparam(None, value, self.column.type)
        if self.descending:
            return self.column < there
        return or_(self.column > there, self.column.is_(None)) if self.nullable else self.column > there

    def same(self, value: Any) -> ColumnElement[bool]:
        """Has this value."""
        return self.column.is_(None) if value is None else self.column == bindparam(None, value, self.column.type)


class Keyset:
    """How a list may be ordered, and where the next page starts.

    `sorts` names what it can be sorted by; only plain columns may be null, and null is greater than every value. What is the
    same by all of it is ordered by `unique`: one column or several that no two rows have in common. `default` is the order
    when the caller asks for none, with `-` before it for descending. Where the table has `updated_at`,
    the list can be sorted by it.

        RECENT = Keyset({"opened_at": cases.c.opened_at}, cases.c.id, default="-opened_at")
        return await RECENT.find(work, query, paging, filters)
    """

    def __init__(
        self,
        sorts: Mapping[str, ColumnElement[Any]],
        unique: ColumnElement[Any] | Sequence[ColumnElement[Any]],
        default: str,
    ) -> None:
        """Raises ValueError when `default` is not one of the orders."""
        last = [unique] if isinstance(unique, ColumnElement) else list(unique)
        whole = getattr(last[0], "table", None)
        more = {UPDATED_AT: whole.c[UPDATED_AT]} if whole is not None and UPDATED_AT in whole.c else {}
        if default.removeprefix("-") not in sorts:
            raise ValueError(f"no order named {default!r}")
        alone = last[0] if len(last) == 1 else None
        self._sorts = {name: _Key.of(column, unique=column is alone) for name, column in {**more, **sorts}.items()}
        self._unique = [_Key.of(column, unique=len(last) == 1) for column in last]
        self._default = default

    @property
    def names(self) -> list[str]:
        """What `sort` may be: each name, and with `-` before it."""
        return [f"{sign}{name}" for name in sorted(self._sorts) for sign in ("", "-")]

    @cached_property
    def parameters(self) -> type[Paging]:
        """`Paging`, documented with the orders of this list."""
        item = WithJsonSchema({"type": "string", "enum": self.names})
        about = (
            "What to sort by; with `-` before it: descending. Given several times, the first one counts most."
            f" By default `{self._default}`"
            + (f", with `{CHANGED_SINCE}` `{UPDATED_AT}`." if UPDATED_AT in self._sorts else ".")
        )
        kind: Any = Annotated[list[Annotated[SortKey, item]], Field(max_length=MOST_KEYS)] | None
        return create_model("Paging", __base__=Paging, sort=(kind, Field(default=None, description=about)))

    def select(self, statement: Select[Any], paging: Paging, filters: Mapping[str, object] | None = None) -> Select[Any]:
        """`statement` ordered, started after the cursor and cut to one more row than asked for.

        `filters` are the other parameters of the list: a cursor made under other filters is refused.
        Raises Invalid `bad-sort`, `bad-cursor`.
        """
        _, keys = self._order(paging, filters)
        after = self.after(paging, filters)
        if after is not None:
            statement = statement.where(*_beyond(keys, after))
        labels = [key.column.label(f"_key{place}") for place, key in enumerate(keys)]
        return (
            statement.add_columns(*labels)
            .order_by(*[key.column.desc() if key.descending else key.column.asc() for key in keys])
            .limit(paging.limit + 1)
        )

    def order_of(
        self, found: FromClause, paging: Paging, filters: Mapping[str, object] | None = None
    ) -> list[ColumnElement[Any]]:
        """The order once more, for a statement around `select` as a subquery: rows of a page shown with more beside them."""
        _, keys = self._order(paging, filters)
        columns = [(found.c[f"_key{place}"], key.descending) for place, key in enumerate(keys)]
        return [column.desc() if descending else column.asc() for column, descending in columns]

    async def find(
        self, work: Work, statement: Select[Any], paging: Paging, filters: Mapping[str, object] | None = None
    ) -> Page[Row[Any]]:
        """One page of the rows of `statement`; see `select`. One statement, and one more where `count` is asked for."""
        rows = (await work.connection.execute(self.select(statement, paging, filters))).all()
        return self.page(rows, paging, filters, lambda row: row, await counted(work, statement, paging))

    def page(
        self,
        rows: Sequence[Any],
        paging: Paging,
        filters: Mapping[str, object] | None,
        view: Callable[[Any], T],
        count: Count | None = None,
    ) -> Page[T]:
        """The page made of the rows that `select` found; `view` makes an item of a row, `count` is that of `counted`."""
        sort, keys = self._order(paging, filters)
        shown = rows[: paging.limit]
        more = len(rows) > paging.limit
        last = [getattr(shown[-1], f"_key{place}") for place in range(len(keys))] if more else None
        made = Page(items=[view(row) for row in shown], next=_pack(sort, filters, last) if last is not None else None)
        return made if count is None else made.model_copy(update={"count": count.n, "count_capped": count.capped})

    def after(self, paging: Paging, filters: Mapping[str, object] | None = None) -> tuple[Any, ...] | None:
        """The key to start after, or None on the first page; for lists written as plain SQL. Raises Invalid."""
        sort, keys = self._order(paging, filters)
        if paging.after is None:
            return None
        values = _unpack(paging.after, sort, filters)
        try:
            return tuple(key.reader.validate_python(value) for key, value in zip(keys, values, strict=True))
        except ValueError:  # pydantic's is one, and that of another number of values
            raise _bad_cursor() from None

    def _order(self, paging: Paging, filters: Mapping[str, object] | None) -> tuple[str, list[_Key]]:
        """The order as text, and its columns up to the first one that decides alone."""
        default = UPDATED_AT if (filters or {}).get(CHANGED_SINCE) is not None else self._default
        asked = paging.sort or [default]
        names = [each.removeprefix("-") for each in asked]
        if not self._sorts.keys() >= set(names) or len(set(names)) < len(names):
            raise Invalid.at("sort", "bad-sort", known=sorted(self._sorts))
        keys: list[_Key] = []
        for name, each in zip(names, asked, strict=True):
            keys.append(replace(self._sorts[name], descending=each.startswith("-")))
            if keys[-1].unique:
                break
        else:
            keys += [replace(key, descending=keys[-1].descending) for key in self._unique]
        return ",".join(asked), keys


async def counted(work: Work, statement: Select[Any], paging: Paging) -> Count | None:
    """How many rows a list without pages would have, if the caller asks for it: one statement that stops counting early."""
    if not paging.count:
        return None
    some = statement.with_only_columns(literal(1), maintain_column_froms=True).order_by(None).limit(MOST_COUNTED + 1)
    n = int((await work.connection.execute(select(func.count()).select_from(some.subquery()))).scalar_one())
    return Count(min(n, MOST_COUNTED), n > MOST_COUNTED)


def _beyond(keys: Sequence[_Key], after: Sequence[Any]) -> list[ColumnElement[bool]]:
    """The conditions of rows that come after this key. Of one direction without nulls it is one comparison of rows, which an
    index answers; else the first column is also compared alone, so that an index can."""
    if len({key.descending for key in keys}) == 1 and not any(key.nullable for key in keys):
        values = [bindparam(None, value, key.column.type) for key, value in zip(keys, after, strict=True)]
        here, there = tuple_(*[key.column for key in keys]), tuple_(*values)
        return [here < there if keys[0].descending else here > there]
    ways = [
        and_(*[key.same(value) for key, value in zip(keys[:place], after, strict=False)], key.beyond(after[place]))
        for place, key in enumerate(keys)
    ]
    return [or_(keys[0].beyond(after[0]), keys[0].same(after[0])), or_(*ways)]


def between(column: ColumnElement[Any], start: datetime | None, end: datetime | None) -> list[ColumnElement[bool]]:
    """Conditions of a list: from `start` on and before `end`, where they are given."""
    return [*([column >= start] if start is not None else []), *([column < end] if end is not None else [])]


def into(kind: type[T]) -> Callable[[Any], T]:
    """For `Page.map`: a row as the dataclass whose fields have the names of its columns."""
    names = [each.name for each in fields(kind)]  # type: ignore[arg-type]
    return lambda row: kind(**{name: getattr(row, name) for name in names})


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
