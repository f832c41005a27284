"""Answers that count, answers that do not, and what they add up to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from rapport_chassis.database import to_json
from rapport_chassis.lists import Keyset, Page, Paging
from rapport_chassis.work import Work
from rapport_kernel.errors import NotFound
from sqlalchemy import ColumnElement, Table, and_, func, literal, or_, select, text

from rapport_satisfaction.store import tables

Grouping = Literal["day", "month", "survey", "touchpoint", "agent"]
COMMENTS = "responses.comments"
"""The place of the sealed comments, to which their ciphertext is bound."""


@dataclass(frozen=True, slots=True)
class Response:
    """One valid answer. `comments` is sealed under the key of `keyed_by`, which a merge does not change."""

    id: UUID
    invitation_id: UUID
    survey: str
    survey_version: int
    metric: str
    score: int
    band: str
    answered_at: datetime
    received_at: datetime
    ratings: dict[str, int] = field(default_factory=dict)
    comments: bytes | None = None
    keyed_by: UUID | None = None
    customer_id: UUID | None = None
    interaction_id: UUID | None = None
    complaint_id: UUID | None = None
    touchpoint: str | None = None
    agent: str | None = None
    agents: list[str] = field(default_factory=list)
    source: str | None = None
    ref: str | None = None

    @property
    def owner(self) -> UUID:
        """Under whose key the comments are sealed."""
        return self.keyed_by or self.customer_id or self.id

    def with_comments(self, sealed: bytes) -> Response:
        """The same answer with its sealed comments."""
        return replace(self, comments=sealed)


@dataclass(frozen=True, slots=True)
class Exclusion:
    """One answer that does not count."""

    id: UUID
    invitation_id: UUID
    survey: str
    metric: str
    reason: str
    at: datetime
    touchpoint: str | None = None
    agent: str | None = None
    agents: list[str] = field(default_factory=list)
    source: str | None = None
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class ScoreFilter:
    """Which answers are counted: from `since` to before `until`, by when they were answered.

    `agent` is the last human handler; with `attribution` `any` one of all handlers.
    """

    metric: str
    survey: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    agent: str | None = None
    touchpoint: str | None = None
    attribution: Literal["last", "any"] = "last"


@dataclass(frozen=True, slots=True)
class ResponseFilter:
    """What a list of answers may be narrowed to."""

    survey: str | None = None
    band: str | None = None
    agent: str | None = None
    touchpoint: str | None = None
    customer_id: UUID | None = None


_BOTH = (text("1"), text("2"))
"""The group and what is counted in it, the first two columns."""
_R, _X, _I = tables.responses, tables.exclusions, tables.invitations
LIST = Keyset({"answered_at": [_R.c.answered_at, _R.c.id]}, default="-answered_at")


class Responses:
    """Sets in, counts out."""

    def __init__(self, work: Work) -> None:
        """Use `work.responses`."""
        self.work = work

    async def add(self, answers: Sequence[Response]) -> set[UUID]:
        """Insert answers: one statement for any number. Returns the ids that are new: an origin is taken once."""
        if not answers:
            return set()
        rows = await self.work.connection.execute(
            _ADD, {"rows": to_json([{**_row(one, _R), "keyed_by": one.owner} for one in answers])}
        )
        return set(rows.scalars())

    async def exclude(self, excluded: Sequence[Exclusion]) -> set[UUID]:
        """Insert what does not count, one statement; returns the ids that are new (the rest was counted before)."""
        if not excluded:
            return set()
        rows = await self.work.connection.execute(_EXCLUDE, {"rows": to_json([_row(one, _X) for one in excluded])})
        return set(rows.scalars())

    async def known(self, source: str, refs: Iterable[str]) -> tuple[set[str], set[str]]:
        """Which of these references of a source were taken before: as answers, and as exclusions."""
        rows = (await self.work.connection.execute(_KNOWN, {"source": source, "refs": sorted(set(refs))})).all()
        return {row.ref for row in rows if row.valid}, {row.ref for row in rows if not row.valid}

    async def get(self, response_id: UUID) -> Response:
        """One answer. Raises NotFound."""
        row = (await self.work.connection.execute(select(_R).where(_R.c.id == response_id))).mappings().one_or_none()
        if row is None:
            raise NotFound
        return Response(**row)

    async def page(self, narrowed: ResponseFilter, paging: Paging) -> Page[Response]:
        """A page of the list: one statement."""
        filters: dict[str, object] = {name: getattr(narrowed, name) for name in ResponseFilter.__slots__}
        query = select(_R)
        for name, value in filters.items():
            if value is not None:
                query = query.where(_R.c[name] == value)
        rows = (await self.work.connection.execute(LIST.select(query, paging, filters))).all()
        return LIST.page(rows, paging, filters, lambda row: Response(**{c.name: getattr(row, c.name) for c in _R.columns}))

    async def distributions(self, asked: ScoreFilter, by: Grouping | None = None) -> dict[str, dict[int, int]]:
        """How often each score was given, for each group (`""` when not grouped): one statement."""
        group = _group(by, _R, _R.c.answered_at)
        query = select(group.label("grp"), _R.c.score, func.count().label("times")).where(
            _matches(asked, _R, _R.c.answered_at)
        )
        found: dict[str, dict[int, int]] = {}
        for row in await self.work.connection.execute(query.group_by(*_BOTH).order_by(*_BOTH)):
            found.setdefault(row.grp, {})[row.score] = row.times
        return found

    async def excluded(self, asked: ScoreFilter, by: Grouping | None = None) -> dict[str, dict[str, int]]:
        """How many answers do not count, by reason, for each group: one statement."""
        group = _group(by, _X, _X.c.at)
        query = select(group.label("grp"), _X.c.reason, func.count().label("times")).where(_matches(asked, _X, _X.c.at))
        found: dict[str, dict[str, int]] = {}
        for row in await self.work.connection.execute(query.group_by(*_BOTH).order_by(*_BOTH)):
            found.setdefault(row.grp, {})[row.reason] = row.times
        return found

    async def invited(self, asked: ScoreFilter) -> tuple[int, int]:
        """How many invitations went out in the time, and how many of these were answered."""
        query = select(func.count(_I.c.sent_at), func.count(_I.c.completed_at)).where(
            _I.c.sent_at.is_not(None), *_times(asked, _I.c.sent_at), *_who(asked, _I)
        )
        if asked.survey is not None:
            query = query.where(_I.c.survey == asked.survey)
        sent, answered = (await self.work.connection.execute(query)).one()
        return sent, answered


def _matches(asked: ScoreFilter, table: Table, at: ColumnElement[Any]) -> ColumnElement[bool]:
    there = [table.c.metric == asked.metric, *_times(asked, at), *_who(asked, table)]
    if asked.survey is not None:
        there.append(table.c.survey == asked.survey)
    return and_(*there)


def _times(asked: ScoreFilter, at: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.since is not None:
        found.append(at >= asked.since)
    if asked.until is not None:
        found.append(at < asked.until)
    return found


def _who(asked: ScoreFilter, table: Table) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.touchpoint is not None:
        found.append(table.c.touchpoint == asked.touchpoint)
    if asked.agent is not None:
        last = table.c.agent == asked.agent
        found.append(last if asked.attribution == "last" else or_(last, table.c.agents.contains([asked.agent])))
    return found


def _group(by: Grouping | None, table: Table, at: ColumnElement[Any]) -> ColumnElement[Any]:
    if by is None:
        return literal("", literal_execute=True)
    if by in {"day", "month"}:
        pattern = "YYYY-MM-DD" if by == "day" else "YYYY-MM"
        return func.to_char(func.timezone(literal("UTC", literal_execute=True), at), literal(pattern, literal_execute=True))
    return func.coalesce(table.c[by], literal("", literal_execute=True))


def _row(one: Response | Exclusion, table: Table) -> Mapping[str, Any]:
    return {column.name: getattr(one, column.name) for column in table.columns}


def _insert(table: Table) -> str:
    names = ", ".join(column.name for column in table.columns)
    source = f"jsonb_populate_recordset(NULL::{table.name}, CAST(:rows AS jsonb))"
    return f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {source}"  # noqa: S608 - names of our own tables


_ADD = text(_insert(_R) + " ON CONFLICT (source, ref) WHERE source IS NOT NULL DO NOTHING RETURNING id")
_EXCLUDE = text(_insert(_X) + " ON CONFLICT DO NOTHING RETURNING id")
_KNOWN = text(
    """
    SELECT ref, true AS valid FROM responses WHERE source = :source AND ref = ANY(CAST(:refs AS text[]))
    UNION ALL SELECT ref, false FROM exclusions WHERE source = :source AND ref = ANY(CAST(:refs AS text[]))
    """
)
