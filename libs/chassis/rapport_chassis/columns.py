"""The table of an aggregate, or of what belongs to one, from its fields: a field is declared once, in the domain.

    win_backs = table_of(
        WinBack,
        "win_backs",
        metadata,
        Column("keyed_by", comment="customer, or the win-back itself while the customer is unknown"),
        Index("win_backs_requested", "requested_at", "id"),
        refers={"complaint_id": "complaints.id"},
        comment="One row for each customer and reason.",
    )

The type of a field tells the type of its column and whether it may be null. What types do not tell is named at the call: a
`Column` with the name of a field adds a comment, a default, uniqueness, or a type. A `Column` with another name is computed
for lists: the store writes it from the property of that name. A dataclass that is no aggregate (a clock of a complaint, a
piece of evidence) has all of its fields as columns, and `updated_at` only where it is named.
"""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from rapport_kernel.aggregate import Aggregate
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import NullType, TypeEngine

NOT_KEPT = frozenset({"recorded", "unsaved_history", "updated_at"})
"""Fields of every aggregate that are not written from it: the unit of work empties the first two when it commits, the
database sets the last."""
UPDATED_AT = "updated_at"
"""A column that each table of aggregates has: when the row was last written, by the clock of the database, whoever wrote
it (a trigger)."""
SCALARS: Mapping[Any, type[TypeEngine[Any]]] = {
    UUID: Uuid,
    str: Text,
    bool: Boolean,
    int: Integer,
    float: Double,
    bytes: LargeBinary,
    date: Date,
}
SEQUENCES = (list, tuple, set, frozenset)


@dataclasses.dataclass(frozen=True, slots=True)
class Kept:
    """The type of a field, without None and aliases, and whether it may be None."""

    hint: Any
    nullable: bool

    @property
    def items(self) -> Any:
        """The type of the items when it is a list, a set or a tuple of any length; None for everything else."""
        arguments = [each for each in typing.get_args(self.hint) if each is not Ellipsis]
        if typing.get_origin(self.hint) in SEQUENCES and len(arguments) == 1:
            return bare(arguments[0])
        return None


def kept_fields(kind: type[Any]) -> dict[str, Kept]:
    """The fields of a dataclass that can be columns, in their order: `state` of an aggregate only where there is a life.
    Raises TypeError for a type that does not exist at runtime."""
    try:
        hints = typing.get_type_hints(kind)
    except NameError as error:
        raise TypeError(f"a type of {kind.__name__} is unknown at runtime: {error.name}") from None
    left_out: frozenset[str] = frozenset()
    if issubclass(kind, Aggregate):
        left_out = NOT_KEPT if kind.life is not None else NOT_KEPT | {"state"}
    return {each.name: _kept(hints[each.name]) for each in dataclasses.fields(kind) if each.name not in left_out}


def table_of(
    kind: type[Any],
    name: str,
    metadata: MetaData,
    *more: SchemaItem,
    comment: str,
    refers: Mapping[str, str] | None = None,
    elsewhere: Collection[str] = (),
) -> Table:
    """The table whose columns are the fields of `kind`, then those that are computed for lists.

    more: indexes, constraints and columns, see above. refers: the foreign keys, field to `table.column`. elsewhere: fields
    that are kept in tables of their own, or not at all. Raises TypeError for a field whose column cannot be told, and for a
    name that is no field.
    """
    fields = kept_fields(kind)
    if unknown := sorted({*(refers or {}), *elsewhere} - set(fields)):
        raise TypeError(f"{kind.__name__} has no field {', '.join(unknown)}")
    named = {item.name: item for item in more if isinstance(item, Column)}
    columns = [
        _column(field, kept, named.pop(field, None), (refers or {}).get(field))
        for field, kept in fields.items()
        if field not in elsewhere
    ]
    for column in named.values():
        if isinstance(column.type, NullType):
            raise TypeError(f"'{column.name}' is no field of {kind.__name__}, so its type has to be named")
    others: Iterable[SchemaItem] = [item for item in more if not isinstance(item, Column)]
    changing = updated_at(name) if issubclass(kind, Aggregate) else ()
    return Table(name, metadata, *columns, *named.values(), *changing, *others, comment=comment)


def updated_at(table: str) -> tuple[SchemaItem, SchemaItem]:
    """The column `updated_at` with its index, which a revision makes with its trigger: `migrations.triggers.updating`."""
    column: Column[datetime] = Column(
        UPDATED_AT, DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")
    )
    return column, Index(f"{table}_updated", UPDATED_AT, "id")


def bare(hint: Any) -> Any:
    """A type without `Annotated` and `NewType` around it."""
    while True:
        if typing.get_origin(hint) is typing.Annotated:
            hint = typing.get_args(hint)[0]
        elif hasattr(hint, "__supertype__"):
            hint = hint.__supertype__
        else:
            return hint


def _kept(hint: Any) -> Kept:
    hint = bare(hint)
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        rest = [part for part in typing.get_args(hint) if part is not type(None)]
        if len(rest) < len(typing.get_args(hint)):
            return Kept(bare(rest[0]) if len(rest) == 1 else typing.Union[tuple(rest)], nullable=True)  # noqa: UP007
    return Kept(hint, nullable=False)


def _column(field: str, kept: Kept, named: Column[Any] | None, refers: str | None) -> Column[Any]:
    column: Column[Any] = Column(field) if named is None else named
    if isinstance(column.type, NullType):
        found = BigInteger() if field == "version" else _type(kept)
        if found is None:
            raise TypeError(f"which column is '{field}' of type {kept.hint}? Name it: Column({field!r}, ...)")
        column.type = found
    if refers is not None:
        column.append_foreign_key(ForeignKey(refers))
    column.primary_key = field == "id"
    column.nullable = kept.nullable
    return column


def _type(kept: Kept) -> TypeEngine[Any] | None:
    hint, origin = kept.hint, typing.get_origin(kept.hint)
    if kept.items is not None:
        item = _scalar(kept.items)
        return ARRAY(item) if item is not None else (JSONB() if structured(kept.items) else None)
    if origin in {dict, Mapping} or structured(hint):
        return JSONB()
    return _scalar(hint)


def _scalar(hint: Any) -> TypeEngine[Any] | None:
    if hint is datetime:
        return DateTime(timezone=True)
    if hint in SCALARS:
        return SCALARS[hint]()
    values = typing.get_args(hint) if typing.get_origin(hint) is typing.Literal else ()
    if isinstance(hint, enum.EnumType):
        values = tuple(each.value for each in typing.cast("type[enum.Enum]", hint))
    kinds = {type(value) for value in values}
    return SCALARS[kinds.pop()]() if len(kinds) == 1 and kinds <= {str, int} else None


def structured(hint: Any) -> bool:
    """Whether it is an object with fields of its own, kept as JSON."""
    return isinstance(hint, type) and (dataclasses.is_dataclass(hint) or issubclass(hint, BaseModel))
