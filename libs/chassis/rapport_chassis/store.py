"""Stores of aggregates over SQLAlchemy Core: load, remember, save what changed, publish what happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar, cast
from uuid import UUID

from rapport_contracts.event import Event
from rapport_kernel.aggregate import Aggregate
from rapport_kernel.errors import NotFound, VersionConflict
from sqlalchemy import Row, Table, TextClause, select, text
from sqlalchemy.dialects import postgresql

from rapport_chassis.columns import UPDATED_AT
from rapport_chassis.database import to_json
from rapport_chassis.rows import Rows
from rapport_chassis.work import Work

A = TypeVar("A", bound=Aggregate)


@dataclass(slots=True)
class _Held(Generic[A]):
    """An aggregate of this work; `saved` is its row as text when it was last in the database, None when it never was."""

    aggregate: A
    saved: str | None
    locked: bool = False


class AggregateStore(Generic[A]):
    """Subclass with `table` (it has `id uuid` and `version bigint`) and `kind`, the class of the aggregates.

        class WinBacks(AggregateStore[WinBack]):
            table = win_backs
            kind = WinBack

    Open it with `work.store(WinBacks)`. Within one work an id is one object. Saving many is one statement, saving one is the
    same statement. Where the row is not simply the fields by their names, the store has a `to_row` or `from_row` of its own.
    A class whose rows cannot be told from table and fields is refused when it is made: TypeError, see `Rows`.
    """

    table: ClassVar[Table]
    kind: ClassVar[type[Any]]
    _by_name: ClassVar[Rows | None] = None

    def __init_subclass__(cls) -> None:
        """Works out how rows are made."""
        super().__init_subclass__()
        writes, reads = cls.to_row is not AggregateStore.to_row, cls.from_row is not AggregateStore.from_row
        if hasattr(cls, "table") and hasattr(cls, "kind") and not (writes and reads):
            cls._by_name = Rows(cls.kind, cls.table, reads_only=writes, writes_only=reads)

    def __init__(self, work: Work) -> None:
        """Registers with the work, which flushes it at commit."""
        self.work = work
        self._held: dict[UUID, _Held[A]] = {}
        work.track(self)

    def to_row(self, aggregate: A) -> dict[str, Any]:
        """All columns of the table but `id`, `version`, `updated_at` and generated ones; values as Python has them. By
        name, unless said otherwise."""
        return self._rows_by_name.write(aggregate)

    def from_row(self, row: Mapping[str, Any]) -> A:
        """The aggregate from its columns, without checking what stands in them. By name, unless said otherwise."""
        made: A = self._rows_by_name.read(row)
        return made

    @property
    def _rows_by_name(self) -> Rows:
        if self._by_name is None:
            raise TypeError(f"{type(self).__name__} needs `table` and `kind`, or a `to_row` and a `from_row` of its own")
        return self._by_name

    async def get(self, aggregate_id: UUID, *, for_update: bool = False) -> A:
        """Load one. `for_update` takes its row lock, as every change should. Raises NotFound.

        The first one of a work is checked against `work.expected_version` (If-Match): VersionConflict.
        """
        found = await self.get_many([aggregate_id], for_update=for_update)
        if aggregate_id not in found:
            raise NotFound
        aggregate = found[aggregate_id]
        expected, self.work.expected_version = self.work.expected_version, None
        if expected is not None and expected != aggregate.version:
            raise VersionConflict(aggregate.version, aggregate.state, aggregate)
        return aggregate

    async def get_many(self, ids: Iterable[UUID], *, for_update: bool = False) -> dict[UUID, A]:
        """Load those that exist, in one statement, locked in order of id (so that two works cannot deadlock).

        Raises VersionConflict when one is to be locked that was loaded without lock, and was changed by others since.
        """
        wanted = sorted(set(ids))
        missing = [one for one in wanted if one not in self._held or (for_update and not self._held[one].locked)]
        if missing:
            query = select(self.table).where(
                self.table.c.id == missing[0] if len(missing) == 1 else self.table.c.id.in_(missing)
            )
            if for_update:
                query = query.order_by(self.table.c.id).with_for_update()
            for row in (await self.work.connection.execute(query)).mappings():
                self._hold(cast("Mapping[str, Any]", row), locked=for_update)
        return {one: self._held[one].aggregate for one in wanted if one in self._held}

    def add(self, aggregate: A) -> A:
        """A new aggregate; it is inserted when the work commits."""
        self._held[aggregate.id] = _Held(aggregate, None, locked=True)
        return aggregate

    def add_many(self, aggregates: Iterable[A]) -> None:
        """A set of new ones; one INSERT for all of them."""
        for aggregate in aggregates:
            self.add(aggregate)

    async def flush(self) -> None:
        """Insert the new, update the changed, hand their facts to the work, then write what belongs to them.
        Raises VersionConflict."""
        if saved := await self._save():
            await self.save_related(saved)

    async def save_related(self, saved: list[A]) -> None:
        """Write what is kept of these in other tables; they were just inserted or updated. Call `super()` first."""

    async def _save(self) -> list[A]:
        fresh: list[_Held[A]] = []
        changed: list[_Held[A]] = []
        rows: dict[UUID, tuple[dict[str, Any], str]] = {}
        for held in self._held.values():
            row = self.to_row(held.aggregate)
            as_text = to_json(row)
            if held.saved is None:
                fresh.append(held)
            elif self.has_unsaved_history(held.aggregate) or as_text != held.saved:
                changed.append(held)
            else:
                continue
            rows[held.aggregate.id] = row, as_text
        if fresh:
            values = {"rows": self._rows(fresh, rows)}
            self._written((await self.work.connection.execute(_statements(type(self)).insert, values)).all())
        if changed:
            await self._update(changed, rows)
        for held in fresh + changed:
            held.saved = rows[held.aggregate.id][1]
            self._publish(held.aggregate)
        return [held.aggregate for held in fresh + changed]

    def has_unsaved_history(self, aggregate: A) -> bool:
        """Whether there is news of it beside its columns: then it gets a new version, too. A store that writes a history
        says so here of what waits to be written, so that nothing is added to it behind an ETag."""
        return bool(aggregate.recorded)

    async def _update(self, changed: list[_Held[A]], rows: dict[UUID, tuple[dict[str, Any], str]]) -> None:
        values = {"rows": self._rows(changed, rows)}
        written = (await self.work.connection.execute(_statements(type(self)).update, values)).all()
        if len(written) != len(changed):
            raise await self._overtaken({held.aggregate.id for held in changed} - {row.id for row in written})
        self._written(written)

    def _written(self, rows: Sequence[Row[Any]]) -> None:
        """What the database says about rows that it has just written."""
        if UPDATED_AT in self.table.c:
            for row in rows:
                self._held[row.id].aggregate.updated_at = row.updated_at

    async def _overtaken(self, ids: Iterable[UUID]) -> VersionConflict:
        """Others have changed these meanwhile: says of the first one what it is now; of what is gone it says nothing."""
        query = select(self.table).where(self.table.c.id.in_(list(ids))).order_by(self.table.c.id).limit(1)
        row = (await self.work.connection.execute(query)).mappings().one_or_none()
        return VersionConflict() if row is None else self._conflict(cast("Mapping[str, Any]", row))

    def _conflict(self, row: Mapping[str, Any]) -> VersionConflict:
        now = self.from_row(row)
        now.version = row["version"]
        return VersionConflict(now.version, now.state, now)

    def _rows(self, held: list[_Held[A]], rows: dict[UUID, tuple[dict[str, Any], str]]) -> str:
        return to_json(
            [
                {
                    **rows[one.aggregate.id][0],
                    "id": one.aggregate.id,
                    "version": one.aggregate.version + max(1, len(one.aggregate.recorded)),
                    "version_was": one.aggregate.version,
                }
                for one in held
            ]
        )

    def _publish(self, aggregate: A) -> None:
        facts, aggregate.recorded = aggregate.recorded, []
        for place, fact in enumerate(facts, start=1):
            if not isinstance(fact, Event):
                raise TypeError(
                    f"{type(aggregate).__name__} recorded a {type(fact).__name__}, which is no event of the contracts"
                )
            self.work.record(fact, sequence=aggregate.version + place)
        aggregate.version += max(1, len(facts))

    def _hold(self, row: Mapping[str, Any], *, locked: bool) -> None:
        held = self._held.get(row["id"])
        if held is not None:
            if held.aggregate.version != row["version"]:
                raise self._conflict(row)
            held.locked = True
            return
        aggregate = self.from_row(row)
        aggregate.version, aggregate.updated_at = row["version"], row.get(UPDATED_AT)
        self._held[aggregate.id] = _Held(aggregate, to_json(self.to_row(aggregate)), locked)


@dataclass(frozen=True, slots=True)
class _Statements:
    """The two statements of a store, built once from its table."""

    insert: TextClause
    update: TextClause


_built: dict[Table, _Statements] = {}


def _statements(store: type[AggregateStore[Any]]) -> _Statements:
    """Sets go in as one JSON parameter: unlike unnest that also carries array columns, and the text is always the same."""
    table = store.table
    if table not in _built:
        dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
        quote = dialect.identifier_preparer.quote
        columns = [column for column in table.columns if column.computed is None and column.name != UPDATED_AT]
        says = f" RETURNING t.id{f', t.{UPDATED_AT}' if UPDATED_AT in table.c else ''}"
        names = ", ".join(quote(column.name) for column in columns)
        typed = ", ".join(f"{quote(column.name)} {column.type.compile(dialect)}" for column in columns)
        target = dialect.identifier_preparer.format_table(table)
        source = f"jsonb_to_recordset(CAST(:rows AS jsonb)) AS v({typed}, version_was bigint)"
        assigned = ", ".join(f"{quote(column.name)} = v.{quote(column.name)}" for column in columns if column.name != "id")
        _built[table] = _Statements(
            text(f"INSERT INTO {target} AS t ({names}) SELECT {names} FROM {source}{says}"),  # noqa: S608 - names of our own tables
            text(
                f"UPDATE {target} AS t SET {assigned} FROM {source} WHERE t.id = v.id AND t.version = v.version_was{says}"  # noqa: S608
            ),
        )
    return _built[table]
