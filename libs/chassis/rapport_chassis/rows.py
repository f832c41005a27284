"""How an aggregate becomes a row and back: by the names of its fields, worked out once a class."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import typing
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from rapport_contracts.codes import STORED
from rapport_kernel.aggregate import Aggregate
from sqlalchemy import Table

from rapport_chassis.columns import SEQUENCES, UPDATED_AT, Kept, bare, kept_fields

PLAIN = {UUID, str, bool, int, float, bytes, date, datetime, Decimal}
"""What the database takes and gives back as it is."""
JSON = {str, int, float, bool, Any, type(None)}
"""What JSON gives back as it is."""
Convert = Callable[[Any], Any]


class Rows:
    """The default of `AggregateStore.to_row` and `from_row` for one class of aggregates and its table.

    Columns are read from the fields and properties of the same name. What JSON cannot hold as it is goes through pydantic;
    enums are made of their values. Columns that the database computes are left out.
    """

    def __init__(self, kind: type[Aggregate], table: Table, *, reads_only: bool = False, writes_only: bool = False) -> None:
        """`reads_only`: the store has a `to_row` of its own, which may write more columns than the class has attributes;
        `writes_only`: it has a `from_row` of its own. Raises TypeError for a column that the class does not have, and for a
        field that has neither a column nor a default."""
        fields = kept_fields(kind)
        apart = {"id", "version", UPDATED_AT}
        columns = [each.name for each in table.columns if each.computed is None and each.name not in apart]
        if not reads_only and (missing := [name for name in columns if not _has(kind, name, fields)]):
            raise TypeError(f"{kind.__name__} has nothing for the columns {', '.join(missing)} of {table.name}")
        if not writes_only and (lost := [name for name in _needed(kind) if name in fields and name not in table.c]):
            raise TypeError(f"{table.name} has no column for {', '.join(lost)}, without which there is no {kind.__name__}")
        self._kind = kind
        self._written = [name for name in columns if _has(kind, name, fields)]
        # The names as the class has them: Python finds keyword arguments by identity first, three times as fast.
        self._read = [name for name in fields if name in columns]
        adapters = {name: TypeAdapter(fields[name].hint) for name in self._read if not _plain(fields[name])}
        self._dumps = {name: adapter.dump_python for name, adapter in adapters.items() if not _by_call(fields[name])}
        self._loads = {name: _loader(fields[name], adapter) for name, adapter in adapters.items()}

    def write(self, aggregate: Aggregate) -> dict[str, Any]:
        """All columns but `id`, `version` and `updated_at`."""
        row = {name: getattr(aggregate, name) for name in self._written}
        for name, dump in self._dumps.items():
            if row[name] is not None:
                row[name] = dump(row[name])
        return row

    def read(self, row: Mapping[str, Any]) -> Any:
        """The aggregate. Raises KeyError when the row lacks a column."""
        given = {name: row[name] for name in self._read}
        for name, load in self._loads.items():
            if given[name] is not None:
                given[name] = load(given[name])
        return self._kind(id=row["id"], version=row["version"], updated_at=row.get(UPDATED_AT), **given)


def _has(kind: type[Aggregate], name: str, fields: Mapping[str, Kept]) -> bool:
    return name in fields or isinstance(inspect.getattr_static(kind, name, None), property | cached_property)


def _needed(kind: type[Aggregate]) -> list[str]:
    empty = dataclasses.MISSING
    return [each.name for each in dataclasses.fields(kind) if each.default is empty and each.default_factory is empty]


def _plain(kept: Kept) -> bool:
    if typing.get_origin(kept.hint) in {dict, Mapping}:
        return all(bare(each) in JSON for each in typing.get_args(kept.hint))
    if kept.items is not None:
        return typing.get_origin(kept.hint) is list and kept.items in PLAIN
    return kept.hint in PLAIN or kept.hint is dict or typing.get_origin(kept.hint) is typing.Literal


def _by_call(kept: Kept) -> Convert | None:
    """What makes it of its plain value: the enum, or the kind of sequence of plain values; None: pydantic does."""
    if isinstance(kept.hint, enum.EnumType):
        return typing.cast("Convert", kept.hint)
    origin = typing.get_origin(kept.hint)
    return typing.cast("Convert", origin) if origin in SEQUENCES and kept.items in PLAIN else None


def _loader(kept: Kept, adapter: TypeAdapter[Any]) -> Convert:
    return _by_call(kept) or (lambda value: adapter.validate_python(value, strict=False, context=STORED))
