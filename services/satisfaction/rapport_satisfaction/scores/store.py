"""Answers counted, by score and by reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from rapport_chassis.lists import between
from rapport_chassis.work import Work
from sqlalchemy import ColumnElement, Table, and_, func, literal, or_, select, text

from rapport_satisfaction.answers.store import exclusions, responses
from rapport_satisfaction.asking.store.invitations import invitations

Grouping = Literal["day", "month", "survey", "touchpoint", "agent"]


@dataclass(frozen=True, slots=True)
class ScoreFilter:
    """The answers that are counted: from `since` to before `until`, by when they were answered.

    `agent` is the last human handler; with `attribution` `any` one of all handlers.
    """

    metric: str
    survey: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    agent: str | None = None
    touchpoint: str | None = None
    attribution: Literal["last", "any"] = "last"


_BOTH = (text("1"), text("2"))
"""The group and the value that is counted in it, the first two columns."""
_R, _X, _I = responses, exclusions, invitations


class Counts:
    """Counts of answers and invitations."""

    def __init__(self, work: Work) -> None:
        """Open it with `work.store(Counts)`."""
        self.work = work

    async def distributions(self, wanted: ScoreFilter, by: Grouping | None = None) -> dict[str, dict[int, int]]:
        """How often each score was given, for each group (`""` when not grouped): one statement."""
        group = _group(by, _R, _R.c.answered_at)
        query = select(group.label("grp"), _R.c.score, func.count().label("times")).where(
            _matches(wanted, _R, _R.c.answered_at)
        )
        found: dict[str, dict[int, int]] = {}
        for row in await self.work.connection.execute(query.group_by(*_BOTH).order_by(*_BOTH)):
            found.setdefault(row.grp, {})[row.score] = row.times
        return found

    async def excluded(self, wanted: ScoreFilter, by: Grouping | None = None) -> dict[str, dict[str, int]]:
        """How many answers do not count, by reason, for each group: one statement."""
        group = _group(by, _X, _X.c.at)
        query = select(group.label("grp"), _X.c.reason, func.count().label("times")).where(_matches(wanted, _X, _X.c.at))
        found: dict[str, dict[str, int]] = {}
        for row in await self.work.connection.execute(query.group_by(*_BOTH).order_by(*_BOTH)):
            found.setdefault(row.grp, {})[row.reason] = row.times
        return found

    async def invited(self, wanted: ScoreFilter) -> tuple[int, int]:
        """How many invitations went out in the time, and how many of these were answered."""
        query = select(func.count(_I.c.sent_at), func.count(_I.c.completed_at)).where(
            _I.c.sent_at.is_not(None), *between(_I.c.sent_at, wanted.since, wanted.until), *_who(wanted, _I)
        )
        if wanted.survey is not None:
            query = query.where(_I.c.survey == wanted.survey)
        sent, answered = (await self.work.connection.execute(query)).one()
        return sent, answered


def _matches(wanted: ScoreFilter, table: Table, at: ColumnElement[Any]) -> ColumnElement[bool]:
    conditions = [table.c.metric == wanted.metric, *between(at, wanted.since, wanted.until), *_who(wanted, table)]
    if wanted.survey is not None:
        conditions.append(table.c.survey == wanted.survey)
    return and_(*conditions)


def _who(wanted: ScoreFilter, table: Table) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.touchpoint is not None:
        found.append(table.c.touchpoint == wanted.touchpoint)
    if wanted.agent is not None:
        last = table.c.agent == wanted.agent
        found.append(last if wanted.attribution == "last" else or_(last, table.c.agents.contains([wanted.agent])))
    return found


def _group(by: Grouping | None, table: Table, at: ColumnElement[Any]) -> ColumnElement[Any]:
    if by is None:
        return literal("", literal_execute=True)
    if by in {"day", "month"}:
        pattern = "YYYY-MM-DD" if by == "day" else "YYYY-MM"
        return func.to_char(func.timezone(literal("UTC", literal_execute=True), at), literal(pattern, literal_execute=True))
    return func.coalesce(table.c[by], literal("", literal_execute=True))
