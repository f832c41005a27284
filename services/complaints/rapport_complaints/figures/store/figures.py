"""Counting complaints."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from rapport_chassis.work import Work
from sqlalchemy import Text, func, literal_column, select, union_all

from rapport_complaints.cases.store import tables
from rapport_complaints.cases.store.lists import received

c = tables.complaints.c
GROUPS = {
    "state": c.state,
    "channel": c.channel,
    "category": c.category,
    "source_category": c.source_category,
    "cause": c.cause,
}


async def count(work: Work, start: datetime | None, end: datetime | None) -> dict[str, dict[str, int]]:
    """How many complaints were received in the time, by `state`, `channel`, `category`, `source_category`, `cause`; what
    has none of these is not in that grouping."""
    conditions = received(start, end)
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
