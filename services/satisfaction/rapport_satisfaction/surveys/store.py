"""Surveys in the database."""

from __future__ import annotations

from collections.abc import Iterable

from rapport_chassis.columns import table_of
from rapport_chassis.lists import Keyset, Page, Paging
from rapport_chassis.store import AggregateStore
from rapport_kernel.errors import NotFound
from sqlalchemy import Column, Row, select

from rapport_satisfaction.schema import metadata
from rapport_satisfaction.surveys.domain import Survey

surveys = table_of(
    Survey,
    "surveys",
    metadata,
    Column("key", unique=True),
    Column("versions", comment="[{number, definition, created_at, published_at}]"),
    comment="Surveys with all their versions.",
)
BY_KEY = Keyset({"key": [surveys.c.key]}, default="key")


class Surveys(AggregateStore[Survey]):
    """Surveys by id, and by key."""

    table = surveys
    kind = Survey

    async def by_key(self, key: str, *, for_update: bool = False) -> Survey:
        """Load by key. Raises NotFound `no-such-survey`."""
        query = select(surveys.c.id).where(surveys.c.key == key)
        found = (await self.work.connection.execute(query)).scalar_one_or_none()
        if found is None:
            raise NotFound("no-such-survey")
        return await self.get(found, for_update=for_update)

    async def by_keys(self, keys: Iterable[str]) -> dict[str, Survey]:
        """The surveys of these keys that exist, for reading: one statement."""
        query = select(surveys).where(surveys.c.key.in_(sorted(set(keys))))
        found = [self._read(row) for row in await self.work.connection.execute(query)]
        return {survey.key: survey for survey in found}

    async def all(self) -> list[Survey]:
        """Every survey, for reading: one statement."""
        return [self._read(row) for row in await self.work.connection.execute(select(surveys).order_by(surveys.c.key))]

    async def page(self, paging: Paging) -> Page[Survey]:
        """A page of the list: one statement."""
        return (await BY_KEY.find(self.work, select(surveys), paging)).map(self._read)

    def _read(self, row: Row[tuple[object, ...]]) -> Survey:
        return self.from_row(dict(row._mapping))  # noqa: SLF001 - its public name
