"""Counting complaints, and how long they took: a row for each, written a moment after the fact by a timer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from rapport_chassis.database import to_json
from rapport_chassis.lists import between
from rapport_chassis.work import Work
from sqlalchemy import Column, Double, ForeignKey, Table, Text, Uuid, func, literal_column, select, text, union_all

from rapport_complaints.cases.store import tables
from rapport_complaints.figures.store.figures_in_depth import Asked
from rapport_complaints.schema import metadata, moment

MEASURE = "complaint.measure"
"""The kind of timer that has the times of a complaint reckoned; its key is the complaint."""

durations = Table(
    "durations",
    metadata,
    Column("complaint_id", Uuid, ForeignKey("complaints.id"), primary_key=True),
    moment("acknowledged_at"),
    moment("answered_at"),
    moment("closed_at"),
    Column("acknowledge_seconds", Double, comment="business seconds from receipt; null: no clock says which hours count"),
    Column("answer_seconds", Double, comment="the same"),
    Column("close_seconds", Double, comment="the same"),
    comment="When each thing happened first, and how long it took; written by a timer, can be reckoned anew.",
)


@dataclass(slots=True)
class Durations:
    """When a complaint was acknowledged, answered and closed for the first time (UTC), and the business seconds from its
    receipt to each; None: it has not happened, or nobody said which hours count."""

    complaint_id: UUID
    acknowledged_at: datetime | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    acknowledge_seconds: float | None = None
    answer_seconds: float | None = None
    close_seconds: float | None = None


async def first_times(work: Work, ids: Sequence[UUID]) -> list[Durations]:
    """When it happened first, of the history; one statement."""
    rows = await work.connection.execute(_FIRST, {"ids": list(ids)})
    return [Durations(row.subject_id, row.acknowledged_at, row.answered_at, row.closed_at) for row in rows]


async def put_durations(work: Work, measured: Iterable[Durations]) -> None:
    """Keep them; one statement."""
    rows = [asdict(each) for each in sorted(measured, key=lambda each: each.complaint_id)]
    if rows:
        await work.connection.execute(_PUT, {"rows": to_json(rows)})


_FIRST = text(
    """
    SELECT subject_id, min(at) FILTER (WHERE move = 'acknowledge') AS acknowledged_at,
        min(at) FILTER (WHERE move = 'give-feedback') AS answered_at, min(at) FILTER (WHERE move = 'close') AS closed_at
    FROM history WHERE subject_id = ANY(:ids) AND move IN ('acknowledge', 'give-feedback', 'close') GROUP BY subject_id
    """
)
_PUT = text(
    """
    INSERT INTO durations SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS k(
        complaint_id uuid, acknowledged_at timestamptz, answered_at timestamptz, closed_at timestamptz,
        acknowledge_seconds double precision, answer_seconds double precision, close_seconds double precision
    )
    ON CONFLICT (complaint_id) DO UPDATE SET acknowledged_at = excluded.acknowledged_at, answered_at = excluded.answered_at,
        closed_at = excluded.closed_at, acknowledge_seconds = excluded.acknowledge_seconds,
        answer_seconds = excluded.answer_seconds, close_seconds = excluded.close_seconds
    """
)


c = tables.complaints.c
GROUPS = {
    "state": c.state,
    "channel": c.channel,
    "category": c.category,
    "source_category": c.source_category,
    "cause": c.cause,
}


async def count(work: Work, asked: Asked) -> dict[str, dict[str, int]]:
    """How many complaints were asked for, by `state`, `channel`, `category`, `source_category`, `cause`; what
    has none of these is not in that grouping."""
    conditions = between(c.received_at, asked.start, asked.end)
    conditions += [c[name] == value for name, value in asked.only.items() if value is not None]
    parts = [
        select(literal_column(f"'{name}'", Text).label("grouping"), column.label("name"), func.count().label("n"))
        .where(column.is_not(None), *conditions)
        .group_by(column)
        for name, column in GROUPS.items()
    ]
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for row in await work.connection.execute(union_all(*parts)):
        found[row.grouping][row.name] = row.n
    return found
