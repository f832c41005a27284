"""Answers counted, by score and by reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from rapport_chassis.lists import between
from rapport_chassis.periods import TIME_GROUPS, LongTimeGroup, Span, time_key
from rapport_chassis.work import Work
from rapport_contracts.vocabulary import Metric, named
from sqlalchemy import ColumnElement, Table, and_, func, null, or_, select, text

from rapport_satisfaction.answers.store import exclusions, responses
from rapport_satisfaction.asking.store.invitations import invitations

_BY = named("group-by")
Grouping = Annotated[LongTimeGroup, _BY] | Annotated[Literal["survey", "touchpoint", "source", "agent"], _BY]
Counted = dict[str | None, dict[str, dict[Any, int]]]
"""How often each score was given, or each reason to leave an answer out, by group and survey; None: it has no group."""


@dataclass(frozen=True, slots=True)
class ScoreFilter:
    """The answers that are counted: those of the span, by when they were given.

    `agent` is the last human handler; with `attribution` `any` one of all handlers.
    """

    metric: Metric
    span: Span
    survey: str | None = None
    agent: str | None = None
    touchpoint: str | None = None
    source: str | None = None
    attribution: Literal["last", "any"] = "last"


_PLACES = (text("1"), text("2"), text("3"))
"""The group, the survey and the value that is counted, the first three columns."""
_R, _X, _I = responses, exclusions, invitations


class Counts:
    """Counts of answers and invitations."""

    def __init__(self, work: Work) -> None:
        """Open it with `work.store(Counts)`."""
        self.work = work

    async def distributions(self, wanted: ScoreFilter, by: Grouping | None = None) -> Counted:
        """How often each score was given; not grouped, all are under None: one statement."""
        return await self._counted(wanted, by, _R, _R.c.answered_at, _R.c.score)

    async def excluded(self, wanted: ScoreFilter, by: Grouping | None = None) -> Counted:
        """How many answers do not count, by reason: one statement."""
        return await self._counted(wanted, by, _X, _X.c.at, _X.c.reason)

    async def _counted(
        self, wanted: ScoreFilter, by: Grouping | None, table: Table, at: ColumnElement[Any], value: ColumnElement[Any]
    ) -> Counted:
        query = select(_group(by, table, at, wanted.span.tz), table.c.survey, value, func.count())
        query = query.where(_matches(wanted, table, at)).group_by(*_PLACES).order_by(*_PLACES)
        found: Counted = {}
        for group, survey, what, times in await self.work.connection.execute(query):
            found.setdefault(group, {}).setdefault(survey, {})[what] = times
        return found

    async def invited(self, wanted: ScoreFilter) -> tuple[int, int]:
        """How many invitations went out in the time, and how many of these were answered. Imported answers had none."""
        if wanted.source is not None:
            return 0, 0
        query = select(func.count(_I.c.sent_at), func.count(_I.c.completed_at)).where(
            _I.c.sent_at.is_not(None), *between(_I.c.sent_at, wanted.span.since, wanted.span.until), *_who(wanted, _I)
        )
        sent, answered = (await self.work.connection.execute(query)).one()
        return sent, answered


def _matches(wanted: ScoreFilter, table: Table, at: ColumnElement[Any]) -> ColumnElement[bool]:
    found = [table.c.metric == wanted.metric, *between(at, wanted.span.since, wanted.span.until), *_who(wanted, table)]
    if wanted.source is not None:
        found.append(table.c.source == wanted.source)
    return and_(*found)


def _who(wanted: ScoreFilter, table: Table) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.survey is not None:
        found.append(table.c.survey == wanted.survey)
    if wanted.touchpoint is not None:
        found.append(table.c.touchpoint == wanted.touchpoint)
    if wanted.agent is not None:
        last = table.c.agent == wanted.agent
        found.append(last if wanted.attribution == "last" else or_(last, table.c.agents.contains([wanted.agent])))
    return found


def _group(by: Grouping | None, table: Table, at: ColumnElement[Any], tz: str) -> Any:
    if by is None:
        return null()
    if by in TIME_GROUPS:
        return text(time_key(by, at.name)).bindparams(tz=tz)
    return table.c[by]
