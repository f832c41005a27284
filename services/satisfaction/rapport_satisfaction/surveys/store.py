"""Surveys in the database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field
from rapport_chassis.columns import table_of
from rapport_chassis.filters import Changing, Many, OneCode, Where, find
from rapport_chassis.lists import Keyset, Page, Paging
from rapport_chassis.store import AggregateStore
from rapport_contracts.vocabulary import Metric
from rapport_kernel.errors import NotFound
from sqlalchemy import Column, ColumnElement, Row, cast, func, not_, select
from sqlalchemy.dialects.postgresql import JSONPATH

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
_VERSION_IN_USE = "$[*] ? (@.published_at != null)"


def _measures(columns: Any, metrics: list[Metric]) -> ColumnElement[bool]:
    """A survey keeps the metric of its first version."""
    return columns.versions[0]["definition"]["metric"].astext.in_(metrics)  # type: ignore[no-any-return]


def _published(columns: Any, yes: bool) -> ColumnElement[bool]:
    found = func.jsonb_path_exists(columns.versions, cast(_VERSION_IN_USE, JSONPATH))
    return found if yes else not_(found)


BY_KEY = Keyset({"key": surveys.c.key}, surveys.c.key, default="key")


class SurveyFilters(Changing):
    """Filters of the list of surveys."""

    key: Many[OneCode] | None = None
    metric: Annotated[Many[Metric] | None, Where(_measures)] = None
    published: Annotated[bool | None, Where(_published)] = Field(
        default=None, description="True: a version of it is in use, so customers can be asked; false: drafts only."
    )


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

    async def page(self, filters: SurveyFilters, paging: Paging) -> Page[Survey]:
        """A page of the list: one statement."""
        return (await find(self.work, surveys, BY_KEY, filters, paging)).map(self._read)

    def _read(self, row: Row[tuple[object, ...]]) -> Survey:
        return self.from_row(dict(row._mapping))  # noqa: SLF001 - its public name
