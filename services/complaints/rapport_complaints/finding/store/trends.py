"""Counting for trends, and what was found; one statement a dimension, whatever the number of groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from types import MappingProxyType
from typing import Any

from pydantic import Field
from rapport_chassis.filters import Dated, Many, find
from rapport_chassis.lists import Keyset, Page, Paging
from rapport_chassis.store import AggregateStore
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import TrendDimension
from rapport_contracts.fields import Code
from rapport_kernel.versions import Version
from sqlalchemy import ColumnElement, Row, Select, delete, func, insert, select

from rapport_complaints.cases.store.tables import complaints
from rapport_complaints.finding.domain.trends import Count, Judged, Trend, TrendPolicy, TrendVerdict, Windows
from rapport_complaints.finding.store import findings

c, t, r = complaints.c, findings.trends.c, findings.trend_runs.c
COUNTED: Mapping[str, tuple[ColumnElement[Any], ColumnElement[Any]]] = MappingProxyType(
    {
        "cause": (c.cause, c.cause_at),
        "category": (c.category, c.received_at),
        "product": (c.product, c.received_at),
        "touchpoint": (c.touchpoint, c.received_at),
        "unit": (c.subject_unit, c.received_at),
    }
)
"""What is counted by each dimension, and the time that counts: a cause counts when it was found."""
FOUND = Keyset({"window_end": t.window_end}, t.id, default="-window_end")
RUNS = Keyset({"window_end": r.window_end}, r.window_end, default="-window_end")
_FIELDS = [each.name for each in fields(Trend) if each.name not in {"id", "version", "updated_at", "state", "recorded"}]


class Trends(AggregateStore[Trend]):
    """What was found about groups."""

    table = findings.trends

    def to_row(self, aggregate: Trend) -> dict[str, Any]:
        """Its fields by name; what was judged is plain data."""
        return {name: getattr(aggregate, name) for name in _FIELDS}

    def from_row(self, row: Mapping[str, Any]) -> Trend:
        """One group of one run."""
        return Trend(id=row["id"], **{name: row[name] for name in _FIELDS})

    async def has_run(self, windows: Windows) -> bool:
        """Whether the day was looked at already."""
        query = select(func.count()).where(r.window_end >= windows.end)
        return bool((await self.work.connection.execute(query)).scalar_one())

    async def reported(self, windows: Windows) -> set[tuple[str, str]]:
        """Groups that were called rising in a window that overlaps with this one."""
        query = select(t.dimension, t.name).where(t.verdict == TrendVerdict.RISING, t.window_end > windows.start)
        return {(row.dimension, row.name) for row in await self.work.connection.execute(query)}

    async def keep(self, windows: Windows, policy: Version[TrendPolicy], judged: Sequence[Judged], tested: int) -> None:
        """Write the run down; of earlier ones only what rose stays."""
        await self.work.connection.execute(delete(findings.trends).where(t.verdict != TrendVerdict.RISING))
        self.add_many(Trend.found(each, windows, policy, tested, self.work.now) for each in judged)
        await self.work.connection.execute(
            insert(findings.trend_runs).values(
                window_end=windows.end,
                window_start=windows.start,
                reference_start=windows.reference_start,
                policy=policy.code,
                policy_version=policy.version,
                groups=len(judged),
                tested=tested,
                rising=sum(each.verdict == TrendVerdict.RISING for each in judged),
                found_at=self.work.now,
            )
        )


def counting(dimension: str, windows: Windows) -> Select[Any]:
    """The statement that counts the groups of one dimension."""
    column, moment = COUNTED[dimension]
    counts = c.state != "duplicate"
    return (
        select(
            column.label("name"),
            func.count().filter(counts, moment >= windows.start).label("observed"),
            func.count().filter(counts, moment < windows.start).label("reference"),
            func.count().filter(~counts).label("excluded"),
            func.min(moment).label("first"),
        )
        .where(column.is_not(None), moment >= windows.reference_start, moment < windows.end)
        .group_by(column)
        .order_by(column)
    )


async def count_groups(work: Work, dimensions: Iterable[str], windows: Windows) -> list[Count]:
    """How often each group came up."""
    counts: list[Count] = []
    for dimension in dimensions:
        rows = await work.connection.execute(counting(dimension, windows))
        counts.extend(Count(dimension, row.name, row.observed, row.reference, row.excluded, row.first) for row in rows)
    return counts


class TrendFilters(Dated):
    """What a list of trends can be narrowed down to."""

    at = "window_end"

    verdict: Many[TrendVerdict] | None = None
    dimension: Many[TrendDimension] | None = None
    name: Many[Code] | None = Field(default=None, description="The code of a group.")


class RunFilters(Dated):
    """What the list of runs can be narrowed down to."""

    at = "window_end"


async def find_trends(work: Work, filters: TrendFilters, paging: Paging) -> Page[Row[Any]]:
    """One page of trends. Raises Invalid for a bad cursor or order."""
    return await find(work, findings.trends, FOUND, filters, paging)


async def find_runs(work: Work, filters: RunFilters, paging: Paging) -> Page[Row[Any]]:
    """One page of runs. Raises Invalid for a bad cursor or order."""
    return await find(work, findings.trend_runs, RUNS, filters, paging)
