"""Figures about complaints in depth (S63): counts and percentiles over all of them, or by group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import get_args

from rapport_chassis.periods import TIME_GROUPS, LongTimeGroup, refuse_too_many, time_key
from rapport_chassis.work import Work
from sqlalchemy import RowMapping, TextClause, text

from rapport_complaints.cases.domain.record import NO_TARGET, UNKNOWN_CATEGORY

MOST_GROUPS = 200
SHORT = timedelta(days=100)
"""A quarter of a year, and a little."""


class GroupBy(StrEnum):
    """What complaints can be grouped by."""

    STATUS = "status"
    CHANNEL = "channel"
    CATEGORY = "category"
    SOURCE_CATEGORY = "source_category"
    CAUSE = "cause"
    PRODUCT = "product"
    SEVERITY = "severity"
    TOUCHPOINT = "touchpoint"
    UNIT = "unit"
    TEAM = "team"
    HANDLER = "handler"
    POLICY = "policy"
    SOURCE = "source"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_NAMES = {
    GroupBy.STATUS: "c.state",
    GroupBy.UNIT: "c.subject_unit",
    GroupBy.HANDLER: "c.assignee",
    GroupBy.TEAM: "member.team",
    **{GroupBy(word): time_key(word, "c.received_at") for word in get_args(LongTimeGroup)},
}
"""Where it is not the column of the same name."""
_MEMBERS = """
LEFT JOIN (
    SELECT DISTINCT ON (code) code, body->>'team' AS team FROM staff WHERE effective_from <= :now ORDER BY code, version DESC
) AS member ON member.code = c.assignee
"""
ONLY = ("channel", "category", "product", "source")
"""Columns that what is asked for can be narrowed down by."""
TIMES = ("age", "acknowledge", "acknowledge_business", "answer", "answer_business", "close", "close_business")


@dataclass(frozen=True, slots=True)
class Asked:
    """Complaints received from `start` on and before `end`, and `only` those that have these values in these columns, where
    they are not None; periods are those of `tz`."""

    start: datetime | None
    end: datetime | None
    tz: str
    only: Mapping[str, str | None]

    def is_short(self, now: datetime) -> bool:
        """Whether so little is asked for that what belongs to it is better looked up than read whole."""
        return self.start is not None and (self.end or now) - self.start <= SHORT


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one kind: kept, broken, and those of which it cannot be said: they run, or were stopped."""

    met: int = 0
    late: int = 0
    running: int = 0
    stopped: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """One group. `spreads` are (n, [p50, p90, p95] in seconds) by the names in TIMES; of those `imported` the
    `silent` ones were closed nobody says when; `given_up` were withdrawn, marked duplicates or transferred. `untargeted` are
    open and no policy matches them, `unknown` have a category that was not in use when they were classified."""

    name: str | None
    total: int
    open: int
    imported: int
    silent: int
    duplicates: int
    recurring: int
    upheld: int
    not_upheld: int
    given_up: int
    untargeted: int
    unknown: int
    spreads: dict[str, tuple[int, list[float]]]
    limits: dict[str, Limits]


@dataclass(frozen=True, slots=True)
class Contacts:
    """Contacts of the time, how many of them led to a complaint; customers in contact, how many of them complained."""

    contacts: int
    complained: int
    nameless: int
    customers: int
    complaining: int


@dataclass(frozen=True, slots=True)
class Tallies:
    """All complaints; the largest groups first, at most MOST_GROUPS, or all periods in their order; at the end, under None,
    those that have none of what they are grouped by. How many more groups there are."""

    whole: Tally
    groups: list[Tally]
    more: int


async def tally(work: Work, asked: Asked, group_by: GroupBy | None) -> Tallies:
    """Of all of them, and beside it by group when they are grouped; two statements either way. Raises Invalid for too many
    periods."""
    bounded = asked.is_short(work.now)
    limits = await _rows(work, _limits(group_by, bounded), asked)
    by_name = {name: _summed(row for row in limits if row["name"] == name) for name in {row["name"] for row in limits}}
    rows = await _rows(work, _groups(group_by, bounded), asked)
    whole = next(row for row in rows if row["whole"])
    groups = [row for row in rows if not row["whole"]]
    shown = _shown(group_by, groups)
    return Tallies(
        whole=_tally(whole, _summed(limits)),
        groups=[_tally(row, by_name.get(row["name"], {})) for row in shown],
        more=len(groups) - len(shown),
    )


def _shown(group_by: GroupBy | None, groups: list[RowMapping]) -> list[RowMapping]:
    """Periods in their order, other groups as they come, the largest first; at the end what is in none."""
    refuse_too_many(group_by, len(groups))
    named = [row for row in groups if row["name"] is not None]
    named = sorted(named, key=lambda row: str(row["name"])) if group_by in TIME_GROUPS else named[:MOST_GROUPS]
    return named + [row for row in groups if row["name"] is None]


def _summed(rows: Iterable[RowMapping]) -> dict[str, Limits]:
    """By kind, whatever their names."""
    found: dict[str, Limits] = {}
    for row in rows:
        sofar = found.get(row["kind"], Limits())
        found[row["kind"]] = Limits(**{each: getattr(sofar, each) + row[each] for each in Limits.__slots__})
    return found


def _tally(row: RowMapping, limits: dict[str, Limits]) -> Tally:
    plain = [each.name for each in fields(Tally) if each.name not in {"name", "spreads", "limits"}]
    spreads = {name: (row[f"{name}_n"], row[name] or []) for name in TIMES}
    return Tally(row["name"], **{name: row[name] for name in plain}, spreads=spreads, limits=limits)


async def count_contacts(work: Work, asked: Asked) -> Contacts:
    """Contacts that began in the time, and their customers; one statement."""
    return Contacts(**(await _rows(work, _contacts(asked.is_short(work.now)), asked))[0])


async def _rows(work: Work, statement: TextClause, asked: Asked) -> Sequence[RowMapping]:
    """Each statement gets the values that it names."""
    known = {"start": asked.start, "end": asked.end, "tz": asked.tz, "now": work.now, **asked.only}
    values = {name: value for name, value in known.items() if f":{name}" in statement.text}
    return (await work.connection.execute(statement, values)).mappings().all()


_ONLY = " AND ".join(f"(CAST(:{name} AS text) IS NULL OR c.{name} = :{name})" for name in ONLY)
_RECEIVED = f"""
    {_ONLY} AND c.received_at >= coalesce(CAST(:start AS timestamptz), '-infinity')
    AND c.received_at < coalesce(CAST(:end AS timestamptz), 'infinity')
"""
_BEGUN = """
    i.started_at >= coalesce(CAST(:start AS timestamptz), '-infinity')
    AND i.started_at < coalesce(CAST(:end AS timestamptz), 'infinity')
"""
_ENDED = "('closed', 'withdrawn', 'duplicate', 'transferred')"
_GIVEN_UP = "('withdrawn', 'duplicate', 'transferred')"


def _name(group_by: GroupBy | None) -> str:
    return "NULL" if group_by is None else _NAMES.get(group_by, f"c.{group_by}")


def _join(group_by: GroupBy | None) -> str:
    return _MEMBERS if group_by == GroupBy.TEAM else ""


def _each(bounded: bool) -> str:
    """Fenced off where the time is short: what belongs to a complaint is looked up one by one then, so that the work grows
    with what is asked for and not with the table. Where it is long most is read anyway, and joined at once."""
    return "OFFSET 0" if bounded else ""


@cache
def _groups(group_by: GroupBy | None, bounded: bool) -> TextClause:
    spreads = ", ".join(
        f"count({name}) AS {name}_n, percentile_cont(ARRAY[0.5, 0.9, 0.95]) WITHIN GROUP (ORDER BY {name}) AS {name}"
        for name in TIMES
    )
    label = "'all' AS name, true AS whole" if group_by is None else "name, grouping(name) = 1 AS whole"
    return text(
        f"""
        WITH picked AS (
            SELECT {_name(group_by)} AS name, c.source IS NOT NULL AS imported,
                c.state NOT IN {_ENDED} AS open, c.state IN {_GIVEN_UP} AS given_up, c.state = 'duplicate' AS duplicate,
                c.recurrence_of IS NOT NULL AS repeats, c.not_upheld_at IS NOT NULL AS refused, c.proposals > 0 AS offered,
                '{NO_TARGET}' = ANY (c.flags) AS targetless, '{UNKNOWN_CATEGORY}' = ANY (c.flags) AS odd,
                CASE WHEN c.state NOT IN {_ENDED} THEN {_seconds("CAST(:now AS timestamptz)")} END AS age,
                {_seconds("d.acknowledged_at")} AS acknowledge, {_seconds("d.answered_at")} AS answer,
                {_seconds("coalesce(d.closed_at, CASE WHEN c.source IS NOT NULL THEN c.closed_at END)")} AS close,
                c.source IS NOT NULL AND c.state = 'closed' AND coalesce(d.closed_at, c.closed_at) IS NULL AS silent,
                d.acknowledge_seconds AS acknowledge_business, d.answer_seconds AS answer_business,
                d.close_seconds AS close_business
            FROM complaints c {_join(group_by)}
            LEFT JOIN LATERAL (SELECT * FROM durations d WHERE d.complaint_id = c.id {_each(bounded)}) AS d ON true
            WHERE {_RECEIVED} OFFSET 0  -- each expression once a row, not once for each figure that it stands in
        )
        SELECT {label}, count(*) AS total, count(*) FILTER (WHERE open) AS open,
            count(*) FILTER (WHERE imported) AS imported, count(*) FILTER (WHERE silent) AS silent,
            count(*) FILTER (WHERE duplicate) AS duplicates,
            count(*) FILTER (WHERE repeats AND NOT duplicate) AS recurring,
            count(*) FILTER (WHERE offered AND NOT refused AND NOT given_up) AS upheld,
            count(*) FILTER (WHERE refused AND NOT given_up) AS not_upheld,
            count(*) FILTER (WHERE given_up) AS given_up,
            count(*) FILTER (WHERE targetless AND open) AS untargeted, count(*) FILTER (WHERE odd) AS unknown,
            {spreads}
        FROM picked GROUP BY GROUPING SETS (() {"" if group_by is None else ", (name)"}) ORDER BY total DESC, name
        """  # noqa: S608 - names of our own columns
    )


@cache
def _limits(group_by: GroupBy | None, bounded: bool) -> TextClause:
    """The policy of a clock is never null. Compared in this way it is no key of the join, whose hashes are of ids alone."""
    return text(
        f"""
        SELECT {_name(group_by)} AS name, k.kind,
            count(*) FILTER (WHERE k.in_time) AS met,
            count(*) FILTER (WHERE NOT coalesce(k.in_time, k.breached_at IS NULL)) AS late,
            count(*) FILTER (WHERE k.in_time IS NULL AND k.breached_at IS NULL AND k.state <> 'stopped') AS running,
            count(*) FILTER (WHERE k.in_time IS NULL AND k.breached_at IS NULL AND k.state = 'stopped') AS stopped
        FROM complaints c {_join(group_by)} JOIN LATERAL (
            SELECT k.kind, k.state, k.in_time, k.breached_at FROM clocks k
            WHERE k.complaint_id = c.id AND k.policy IS NOT DISTINCT FROM c.policy
                AND k.kind IN ('acknowledgement', 'resolution') {_each(bounded)}
        ) AS k ON true
        WHERE {_RECEIVED} GROUP BY 1, 2
        """  # noqa: S608 - names of our own columns
    )


def _seconds(until: str) -> str:
    """In double precision from the start: `extract` would reckon a decimal number, which takes longer than sorting it."""
    return f"date_part('epoch', {until} - c.received_at)"


@cache
def _contacts(bounded: bool) -> TextClause:
    return text(
        f"""
        WITH each AS (
            SELECT i.customer_id, true AS met FROM interactions i WHERE {_BEGUN}
            UNION ALL
            SELECT c.customer_id, false FROM complaints c
            WHERE c.customer_id IS NOT NULL AND c.state <> 'duplicate' AND {_RECEIVED}
        ), people AS (
            SELECT customer_id, count(*) FILTER (WHERE met) AS n, bool_or(NOT met) AS complained
            FROM each GROUP BY customer_id
        )
        SELECT CAST(coalesce(sum(n), 0) AS bigint) AS contacts,
            (SELECT count(*) FROM interactions i WHERE {_BEGUN} AND EXISTS (
                SELECT FROM complaints c WHERE c.interaction_id = i.interaction_id AND c.state <> 'duplicate' AND {_ONLY}
                    {_each(bounded)}
            )) AS complained,
            CAST(coalesce(sum(n) FILTER (WHERE customer_id IS NULL), 0) AS bigint) AS nameless,
            count(customer_id) FILTER (WHERE n > 0) AS customers,
            count(customer_id) FILTER (WHERE n > 0 AND complained) AS complaining
        FROM people
        """  # noqa: S608
    )
