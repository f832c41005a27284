"""Surveys in the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, cast

from pydantic import TypeAdapter
from rapport_chassis.lists import Keyset, Page, Paging
from rapport_chassis.store import AggregateStore
from rapport_kernel.errors import NotFound
from sqlalchemy import Table, select

from rapport_satisfaction.domain.surveys import Survey, SurveyVersion
from rapport_satisfaction.store import tables

LIST = Keyset({"key": [tables.surveys.c.key]}, default="key")
_VERSIONS = TypeAdapter(list[SurveyVersion])


class Surveys(AggregateStore[Survey]):
    """Surveys by id, and by key."""

    table: ClassVar[Table] = tables.surveys

    def to_row(self, aggregate: Survey) -> dict[str, Any]:
        """The columns of a survey."""
        return {"key": aggregate.key, "versions": _VERSIONS.dump_python(aggregate.versions, mode="json")}

    def from_row(self, row: Mapping[str, Any]) -> Survey:
        """A survey from its columns."""
        return Survey(id=row["id"], key=row["key"], versions=_VERSIONS.validate_python(row["versions"]))

    async def by_key(self, key: str, *, for_update: bool = False) -> Survey:
        """Load by key. Raises NotFound `no-such-survey`."""
        query = select(self.table.c.id).where(self.table.c.key == key)
        found = (await self.work.connection.execute(query)).scalar_one_or_none()
        if found is None:
            raise NotFound("no-such-survey", "There is no survey of that key.")
        return await self.get(found, for_update=for_update)

    async def by_keys(self, keys: Iterable[str]) -> dict[str, Survey]:
        """Those that exist, in one statement, for reading."""
        query = select(self.table).where(self.table.c.key.in_(sorted(set(keys))))
        return await self._read(query)

    async def page(self, paging: Paging) -> Page[Survey]:
        """A page of the list: one statement."""
        rows = (await self.work.connection.execute(LIST.select(select(self.table), paging))).all()
        return LIST.page(rows, paging, None, lambda row: self._shown(row._mapping))  # noqa: SLF001 - its public name

    async def _read(self, query: Any) -> dict[str, Survey]:
        found: dict[str, Survey] = {}
        for row in (await self.work.connection.execute(query)).mappings():
            survey = self._shown(cast("Mapping[str, Any]", row))
            found[survey.key] = survey
        return found

    def _shown(self, row: Mapping[str, Any]) -> Survey:
        survey = self.from_row(row)
        survey.version = row["version"]
        return survey
