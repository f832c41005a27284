"""Figures about complaints in depth (S63): counts and percentiles over all of them, or by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache

from rapport_chassis.work import Work
from sqlalchemy import RowMapping, TextClause, text

MOST_GROUPS = 200


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
    MONTH = "month"


_NAMES = {
    GroupBy.STATUS: "c.state",
    GroupBy.UNIT: "c.subject_unit",
    GroupBy.HANDLER: "c.assignee",
    GroupBy.MONTH: "to_char(c.received_at AT TIME ZONE :zone, 'YYYY-MM')",
    GroupBy.TEAM: "member.team",
}
"""Where it is not the column of the same name."""
_MEMBERS = """
LEFT JOIN (
    SELECT DISTINCT ON (code) code, body->>'team' AS team FROM staff WHERE effective_from <= :now ORDER BY code, version DESC
) AS member ON member.code = c.assignee
"""
TIMES = ("age", "acknowledge", "acknowledge_business", "answer", "answer_business", "close", "close_business")


@dataclass(frozen=True, slots=True)
class Asked:
    """Complaints received from `start` on and before `end`; months are those of `zone`."""

    start: datetime | None
    end: datetime | None
    zone: str


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
    `silent` ones were closed nobody says when; `given_up` were withdrawn, marked duplicates or transferred."""

    name: str
    total: int
    open: int
    imported: int
    silent: int
    duplicates: int
    recurring: int
    upheld: int
    not_upheld: int
    given_up: int
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


async def tally(work: Work, asked: Asked, group_by: GroupBy | None) -> tuple[list[Tally], int, int]:
    """The largest groups first, at most MOST_GROUPS, with how many more there are, and how many complaints are in none of
    all. Without `group_by` one group with all. Two statements."""
    rows = await _rows(work, _groups(group_by), asked)
    limits: dict[str, dict[str, Limits]] = {}
    for row in await _rows(work, _limits(group_by), asked):
        counts = {name: row[name] for name in Limits.__slots__}
        limits.setdefault(row["name"], {})[row["kind"]] = Limits(**counts)
    named = [row for row in rows if row["name"] is not None]
    plain = ("name", "total", "open", "imported", "silent", "duplicates", "recurring", "upheld", "not_upheld", "given_up")
    tallies = [
        Tally(
            **{name: row[name] for name in plain},
            spreads={name: (row[f"{name}_n"], row[name] or []) for name in TIMES},
            limits=limits.get(row["name"], {}),
        )
        for row in named[:MOST_GROUPS]
    ]
    return tallies, len(named) - len(tallies), sum(row["total"] for row in rows if row["name"] is None)


async def count_contacts(work: Work, asked: Asked) -> Contacts:
    """Contacts that began in the time, and their customers; one statement."""
    return Contacts(**(await _rows(work, _CONTACTS, asked))[0])


async def _rows(work: Work, statement: TextClause, asked: Asked) -> Sequence[RowMapping]:
    """Each statement gets the values that it names."""
    known = {"start": asked.start, "end": asked.end, "zone": asked.zone, "now": work.now}
    values = {name: value for name, value in known.items() if f":{name}" in statement.text}
    return (await work.connection.execute(statement, values)).mappings().all()


_RECEIVED = """
    c.received_at >= coalesce(CAST(:start AS timestamptz), '-infinity')
    AND c.received_at < coalesce(CAST(:end AS timestamptz), 'infinity')
"""
_ENDED = "('closed', 'withdrawn', 'duplicate', 'transferred')"
_GIVEN_UP = "('withdrawn', 'duplicate', 'transferred')"


def _name(group_by: GroupBy | None) -> str:
    return "'all'" if group_by is None else _NAMES.get(group_by, f"c.{group_by}")


def _join(group_by: GroupBy | None) -> str:
    return _MEMBERS if group_by == GroupBy.TEAM else ""


@cache
def _groups(group_by: GroupBy | None) -> TextClause:
    spreads = ", ".join(
        f"count({name}) AS {name}_n, percentile_cont(ARRAY[0.5, 0.9, 0.95]) WITHIN GROUP (ORDER BY {name}) AS {name}"
        for name in TIMES
    )
    return text(
        f"""
        WITH picked AS (
            SELECT {_name(group_by)} AS name, c.state, c.source, c.recurrence_of, c.proposals, c.not_upheld_at,
                CASE WHEN c.state NOT IN {_ENDED} THEN extract(epoch FROM CAST(:now AS timestamptz) - c.received_at) END
                    AS age,
                extract(epoch FROM d.acknowledged_at - c.received_at) AS acknowledge,
                extract(epoch FROM d.answered_at - c.received_at) AS answer,
                extract(epoch FROM coalesce(d.closed_at, imported.closed_at) - c.received_at) AS close,
                c.source IS NOT NULL AND c.state = 'closed' AND coalesce(d.closed_at, c.closed_at) IS NULL AS silent,
                d.acknowledge_seconds AS acknowledge_business, d.answer_seconds AS answer_business,
                d.close_seconds AS close_business
            FROM complaints c LEFT JOIN durations d ON d.complaint_id = c.id {_join(group_by)}
                CROSS JOIN LATERAL (SELECT CASE WHEN c.source IS NOT NULL THEN c.closed_at END AS closed_at) AS imported
            WHERE {_RECEIVED}
        )
        SELECT name, count(*) AS total, count(*) FILTER (WHERE state NOT IN {_ENDED}) AS open,
            count(source) AS imported, count(*) FILTER (WHERE silent) AS silent,
            count(*) FILTER (WHERE state = 'duplicate') AS duplicates,
            count(*) FILTER (WHERE state <> 'duplicate' AND recurrence_of IS NOT NULL) AS recurring,
            count(*) FILTER (WHERE state NOT IN {_GIVEN_UP} AND not_upheld_at IS NULL AND proposals > 0) AS upheld,
            count(*) FILTER (WHERE state NOT IN {_GIVEN_UP} AND not_upheld_at IS NOT NULL) AS not_upheld,
            count(*) FILTER (WHERE state IN {_GIVEN_UP}) AS given_up,
            {spreads}
        FROM picked GROUP BY name ORDER BY total DESC, name
        """  # noqa: S608 - names of our own columns
    )


@cache
def _limits(group_by: GroupBy | None) -> TextClause:
    return text(
        f"""
        SELECT {_name(group_by)} AS name, k.kind,
            count(*) FILTER (WHERE k.in_time) AS met,
            count(*) FILTER (WHERE NOT coalesce(k.in_time, k.breached_at IS NULL)) AS late,
            count(*) FILTER (WHERE k.in_time IS NULL AND k.breached_at IS NULL AND k.state <> 'stopped') AS running,
            count(*) FILTER (WHERE k.in_time IS NULL AND k.breached_at IS NULL AND k.state = 'stopped') AS stopped
        FROM complaints c JOIN clocks k ON k.complaint_id = c.id AND k.policy = c.policy {_join(group_by)}
        WHERE k.kind IN ('acknowledgement', 'resolution') AND {_RECEIVED}
        GROUP BY 1, 2
        """  # noqa: S608 - names of our own columns
    )


_CONTACTS = text(
    """
    WITH asked AS (
        SELECT i.interaction_id, i.customer_id FROM interactions i
        WHERE i.started_at >= coalesce(CAST(:start AS timestamptz), '-infinity')
            AND i.started_at < coalesce(CAST(:end AS timestamptz), 'infinity')
    ), people AS (
        SELECT DISTINCT customer_id FROM asked WHERE customer_id IS NOT NULL
    )
    SELECT
        (SELECT count(*) FROM asked) AS contacts,
        (SELECT count(*) FROM asked a WHERE EXISTS (
            SELECT FROM complaints c WHERE c.interaction_id = a.interaction_id AND c.state <> 'duplicate')) AS complained,
        (SELECT count(*) FROM asked WHERE customer_id IS NULL) AS nameless,
        (SELECT count(*) FROM people) AS customers,
        (SELECT count(*) FROM people p WHERE EXISTS (
            SELECT FROM complaints c WHERE c.customer_id = p.customer_id AND c.state <> 'duplicate'
                AND c.received_at >= coalesce(CAST(:start AS timestamptz), '-infinity')
                AND c.received_at < coalesce(CAST(:end AS timestamptz), 'infinity'))) AS complaining
    """
)
