"""Data that is kept in versions, such as policies: each is added, in force from a time on, and never changed.

One table for each kind (`versions_table`), one `Versions` in the service's Work, one line in its `web` (`VersionedData`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, Field
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import NotFound, VersionConflict
from rapport_kernel.versions import Version
from sqlalchemy import Column, DateTime, Integer, MetaData, Row, Table, Text, func, insert, select, text
from sqlalchemy.dialects.postgresql import JSONB, distinct_on

from rapport_chassis.work import Work

B = TypeVar("B", bound=BaseModel)
EffectiveFrom = Annotated[UtcTime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), le=datetime(2200, 1, 1, tzinfo=UTC))]
"""From when on a version holds."""
NEVER_REACHED = 2**31
"""More than the column holds."""


class Since(BaseModel):
    """Base of what is put: `class NewVendor(Since, Vendor)`."""

    effective_from: EffectiveFrom | None = Field(default=None, description="Null: from now on.")


def versions_table(name: str, metadata: MetaData, comment: str) -> Table:
    """A table for `Versions`; `comment` says what is kept in it."""
    return Table(
        name,
        metadata,
        Column("code", Text, primary_key=True),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("effective_from", DateTime(timezone=True), nullable=False),
        Column("body", JSONB, nullable=False),
        Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("recorded_by", Text, nullable=False),
        comment=f"{comment}; a version is never changed, a new one is added.",
    )


class Versions(Generic[B]):
    """The versions of one kind of data; `model` reads their bodies, `name` stands in the audit."""

    def __init__(self, work: Work, table: Table, model: type[B], name: str, only: str | None = None) -> None:
        """Writes at once; the work's transaction holds it. `only` is the one code that counts, where there is only one."""
        self._work, self._table, self._model, self._name, self._only = work, table, model, name, only

    async def of(self, code: str) -> list[Version[B]]:
        """All versions of one code, the oldest first. Raises NotFound."""
        query = select(self._table).where(self._table.c.code == code).order_by(self._table.c.version)
        rows = (await self._work.connection.execute(query)).all()
        if not rows:
            raise NotFound
        return [self._version(row) for row in rows]

    async def all(self) -> list[Version[B]]:
        """Every version of every code, by code and version."""
        query = select(self._table).order_by(self._table.c.code, self._table.c.version)
        return [self._version(row) for row in await self._work.connection.execute(query)]

    async def exact(self, code: str, version: int) -> Version[B]:
        """One version. Raises NotFound."""
        if not 0 < version < NEVER_REACHED:
            raise NotFound
        query = select(self._table).where(self._table.c.code == code, self._table.c.version == version)
        row = (await self._work.connection.execute(query)).one_or_none()
        if row is None:
            raise NotFound
        return self._version(row)

    async def in_force(self, at: datetime) -> Sequence[Version[B]]:
        """For each code the version that holds at that time; one statement."""
        t = self._table
        newest = select(t).ext(distinct_on(t.c.code)).where(t.c.effective_from <= at)
        query = newest.order_by(t.c.code, t.c.version.desc())
        return [self._version(row) for row in await self._work.connection.execute(query)]

    async def current(self, at: datetime | None = None) -> Version[B]:
        """The version of the one code that counts which holds at that time, now unless said. Raises NotFound when none
        does: never for what is shipped, which holds since before anything that can be received."""
        t = self._table
        held = t.c.effective_from <= (at or self._work.now)
        query = select(t).where(t.c.code == self._only, held).order_by(t.c.version.desc()).limit(1)
        row = (await self._work.connection.execute(query)).one_or_none()
        if row is None:
            raise NotFound
        return self._version(row)

    def demand(self, code: str) -> None:
        """Raises NotFound for another code than the one that counts."""
        if self._only is not None and code != self._only:
            raise NotFound

    async def put(self, code: str, said: Since) -> Version[B]:
        """The next version of a code as somebody put it, from then or from now on; audited. `said` has the fields of the
        model. Raises NotFound as `demand`, VersionConflict as `add`."""
        self.demand(code)
        body = self._model(**{name: getattr(said, name) for name in self._model.model_fields})
        made = await self.add(code, body, said.effective_from or self._work.now)
        await self._work.audit(f"{self._name}.put", f"{self._name}:{code}", detail={"version": made.version})
        return made

    async def add(self, code: str, body: B, effective_from: datetime) -> Version[B]:
        """The next version of a code. Raises VersionConflict when If-Match names another than the newest."""
        await self._work.connection.execute(_ONE_AT_A_TIME, {"name": f"{self._table.name} {code}"})
        newest = select(func.coalesce(func.max(self._table.c.version), 0)).where(self._table.c.code == code)
        last: int = (await self._work.connection.execute(newest)).scalar_one()
        expected, self._work.expected_version = self._work.expected_version, None
        if expected is not None and expected != last:
            raise VersionConflict
        made = Version(code, last + 1, effective_from, body, self._work.now, str(self._work.actor))
        await self._work.connection.execute(
            insert(self._table).values(
                code=code,
                version=made.version,
                effective_from=effective_from,
                body=body.model_dump(mode="json"),
                recorded_at=made.recorded_at,
                recorded_by=made.by,
            )
        )
        return made

    def _version(self, row: Row[tuple[object, ...]]) -> Version[B]:
        body = self._model.model_validate(row.body, strict=False)
        return Version(row.code, row.version, row.effective_from, body, row.recorded_at, row.recorded_by)


_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
