"""Policies and calendars: versions that are added and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Generic, TypeVar

from pydantic import BaseModel
from rapport_chassis.work import Work
from rapport_kernel.errors import NotFound, VersionConflict
from sqlalchemy import Row, Table, func, insert, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from rapport_complaints.domain.clocks.policies import Version

B = TypeVar("B", bound=BaseModel)
NEVER_REACHED = 2**31
"""More than the column holds."""


class Versions(Generic[B]):
    """The versions of one kind of data; `model` reads their bodies."""

    def __init__(self, work: Work, table: Table, model: type[B]) -> None:
        """Writes at once; the work's transaction holds it."""
        self._work, self._table, self._model = work, table, model

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

    async def current(self, code: str, at: datetime) -> Version[B]:
        """The version of one code that holds at that time. Raises NotFound when none does: never for what is shipped, which
        holds since before anything that can be received."""
        t = self._table
        query = select(t).where(t.c.code == code, t.c.effective_from <= at).order_by(t.c.version.desc()).limit(1)
        row = (await self._work.connection.execute(query)).one_or_none()
        if row is None:
            raise NotFound
        return self._version(row)

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
