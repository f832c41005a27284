"""Projections: tables that are fed by events only, and how they are built anew from the log.

    PROJECTIONS = [Projection("scores", [scores], [SatisfactionScored], project_scores)]

A rebuild projects into temporary tables of the same names, which hide the real ones from its own connection alone; then the
real ones are made the same in the same transaction. So readers see the old rows until they see the new ones, consumers go
on, and a rebuild that is cut off has changed nothing. It belongs to no consumer group and asks no inbox: what a consumer has
applied stays applied, and what it has not applied yet it will apply to rows that know it already.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aiokafka import TopicPartition
from rapport_contracts.event import Event
from rapport_kernel.errors import Conflict, NotFound
from sqlalchemy import MetaData, Table, text

from rapport_chassis.actor import Actor
from rapport_chassis.customers import follow_again
from rapport_chassis.database import Database, Limits
from rapport_chassis.listens import Message
from rapport_chassis.replay import BATCH, replay
from rapport_chassis.work import Work, WorkFactory

if TYPE_CHECKING:
    from rapport_chassis.service import Service

ACTOR = Actor.system("projections")
PATIENT = Limits(
    pool_size=1, statement=timedelta(minutes=30), lock=timedelta(minutes=1), idle_in_transaction=timedelta(minutes=5)
)
"""A rebuild is one transaction, however long the log is."""

Project = Callable[[Any, list[Message[Any]]], Awaitable[Any]]
"""`async def project_scores(work: ComplaintsWork, messages: list[Message[SatisfactionScored]]) -> None`."""


class RowsWouldBeLost(Conflict):
    """The log does not give rows that are there: it is not the whole log, or not the one they came from."""

    code = "rows-would-be-lost"


class ProjectionActs(RuntimeError):
    """What is called a projection does more than writing its rows."""


@dataclass(frozen=True, slots=True)
class Projection:
    """Tables that `project` alone fills, from these events alone.

    `project` writes rows and nothing else: no facts, timers, audit rows, which a rebuild would do a second time. The handler
    of the consumer calls it and does those beside, for the messages it was given, never for the rows that were new: after a
    rebuild none are. An event changes the same whether it comes once or more often, keys in any order among each other.
    `only`: by table, SQL for the rows that come from events, where the service keeps others there too.
    """

    name: str
    tables: Sequence[Table]
    events: Sequence[type[Event]]
    project: Project
    only: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """Rows of one table: how many the log gives, and how many were missing, different, or not given by the log."""

    table: str
    rows: int
    added: int
    changed: int
    lost: int


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild found. `same`: the rows were those of the log already."""

    events: int
    changes: Sequence[Change]

    @property
    def same(self) -> bool:
        """Nothing had to be written."""
        return not any(each.added or each.changed or each.lost for each in self.changes)


def find(projections: Sequence[Projection], name: str) -> Projection:
    """The projection of that name. Raises NotFound."""
    for each in projections:
        if each.name == name:
            return each
    raise NotFound("projection-unknown", known=_names(projections))


def undeclared(metadata: MetaData, projections: Sequence[Projection]) -> list[str]:
    """Tables whose comment says that they are projections and that none declares."""
    declared = {table.name for each in projections for table in each.tables}
    described = {table.name for table in metadata.tables.values() if (table.comment or "").startswith("Projection")}
    return sorted(described - declared)


async def rebuild(
    service: Service[Any],
    projection: Projection,
    *,
    keep: bool = True,
    accept_loss: bool = False,
    batch: int = BATCH,
    tell: Callable[[int], None] = lambda _: None,
) -> Rebuilt:
    """Build a projection anew from the log as it is now. `keep=False` only says what would change.

    Raises RowsWouldBeLost unless `accept_loss`; IncompleteLog (`replay`), KafkaError, and what the database raises.
    `batch` is how many records are taken at once; `tell` is given the number of events so far.
    """
    database = Database(
        service.settings.database_for(service.name), name=f"rapport-{service.name}-projections", limits=PATIENT
    )
    works = WorkFactory(database, service.work, source=service.name, keys=service.keys)
    try:
        # A connection of its own: statements that were prepared before would still mean the real tables.
        async with works(ACTOR) as work:
            return await _Rebuild(service, projection, work, batch, tell).run(keep=keep, accept_loss=accept_loss)
    finally:
        await database.close()


class _Rebuild:
    """One rebuild in one transaction."""

    def __init__(
        self, service: Service[Any], projection: Projection, work: Work, batch: int, tell: Callable[[int], None]
    ) -> None:
        self._bus, self._customers, self._keys = service.buses["worker"], service.customers, service.keys
        self._projection, self._work, self._batch, self._tell = projection, work, batch, tell
        self._places: dict[TopicPartition, int] = {}
        self._events = 0

    async def run(self, *, keep: bool, accept_loss: bool) -> Rebuilt:
        """Raises RowsWouldBeLost, ProjectionActs."""
        schema = (await self._do("SELECT current_schema()")).scalar_one()
        real = {table.name: f'"{schema}"."{table.name}"' for table in self._projection.tables}
        for name, whole in real.items():
            await self._do(f'CREATE TEMPORARY TABLE "{name}" (LIKE {whole} INCLUDING ALL) ON COMMIT DROP')
        await self._project()
        await self._do(f"LOCK TABLE {', '.join(sorted(real.values()))} IN SHARE ROW EXCLUSIVE MODE")
        await self._project()  # what came meanwhile; whoever writes now waits for us
        if self._customers is not None:
            await follow_again(self._work, self._customers, [table.name for table in self._projection.tables])
        changes = [await self._replace(table, real[table.name]) for table in self._projection.tables]
        found = Rebuilt(self._events, changes)
        if not keep:
            await self._work.connection.rollback()
            return found
        if not accept_loss and any(each.lost for each in changes):
            lost = ", ".join(f"{each.lost} of {each.table}" for each in changes if each.lost)
            raise RowsWouldBeLost(message=f"The log does not give rows that are there ({lost}). Nothing was changed.")
        detail = {each.table: [each.rows, each.added, each.changed, each.lost] for each in changes}
        await self._work.audit("projection.rebuild", f"projection:{self._projection.name}", detail=detail)
        return found

    async def _project(self) -> None:
        async for messages in self._log():
            await self._projection.project(self._work, messages)
            if self._work.acts:
                raise ProjectionActs(self._projection.name)
            self._events += len(messages)
            self._tell(self._events)

    def _log(self) -> AsyncIterator[list[Message[Any]]]:
        events, keys = self._projection.events, self._keys
        return replay(self._bus, events, keys=keys, batch=self._batch, places=self._places)

    async def _replace(self, table: Table, real: str) -> Change:
        """Make the real rows those of the temporary table; rows that are the same are not touched."""
        name, ours = table.name, self._projection.only.get(table.name, "true")
        same_key = " AND ".join(f'n."{column.name}" = r."{column.name}"' for column in table.primary_key)
        there = f'SELECT FROM pg_temp."{name}" n WHERE {same_key}'
        columns = ", ".join(f'"{column.name}"' for column in table.columns)
        gone = f"DELETE FROM {real} r WHERE ({ours}) AND NOT EXISTS ({there})"  # noqa: S608 - names of our own tables
        differs = f"DELETE FROM {real} r WHERE EXISTS ({there} AND n::text IS DISTINCT FROM r::text)"  # noqa: S608
        missing = f'SELECT {columns} FROM pg_temp."{name}" n WHERE NOT EXISTS (SELECT FROM {real} r WHERE {same_key})'  # noqa: S608
        lost, changed = await self._do(gone), await self._do(differs)
        written = await self._do(f"INSERT INTO {real} ({columns}) {missing}")
        rows = (await self._do(f'SELECT count(*) FROM pg_temp."{name}"')).scalar_one()  # noqa: S608
        return Change(name, rows, written.rowcount - changed.rowcount, changed.rowcount, lost.rowcount)

    async def _do(self, statement: str) -> Any:
        return await self._work.connection.execute(text(statement))


def _names(projections: Sequence[Projection]) -> str:
    return ", ".join(sorted(each.name for each in projections)) or "none"
