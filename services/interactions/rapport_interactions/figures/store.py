"""Counting contacts: one statement for all groups and the total."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field
from rapport_chassis.periods import TIME_GROUPS, Period, Span, TimeGroup, refuse_too_many, time_key
from rapport_chassis.work import Work
from rapport_contracts.vocabulary import named
from sqlalchemy import RowMapping, text

from rapport_interactions.figures.domain import Denominator, Tally

_BY = named("group-by")
GroupBy = Annotated[TimeGroup, _BY] | Annotated[Literal["channel", "touchpoint", "source", "queue", "agent", "type"], _BY]
_Name = Annotated[str, Field(min_length=1, max_length=100)]


class Question(Period):
    """Which contacts, and how they are counted: those that started in the period."""

    group_by: GroupBy | None = None
    threshold: float = Field(default=20, ge=0, le=86_400, description="Seconds of the service level.")
    denominator: Annotated[Denominator, named("denominator")] = Field(
        default="offered", description="What the service level is a share of."
    )
    channel: _Name | None = None
    direction: _Name | None = None
    touchpoint: _Name | None = None
    source: _Name | None = None
    queue: _Name | None = None
    agent: _Name | None = None
    contact_type: _Name | None = Field(default=None, alias="type")


_ASKED = {"threshold", "channel", "direction", "touchpoint", "source", "queue", "agent", "contact_type"}


async def tally(work: Work, question: Question, span: Span) -> tuple[Tally, list[tuple[str | None, Tally]]]:
    """The total, and the groups in order of their keys (None: contacts without one). Raises Invalid for too many periods."""
    values = {**question.model_dump(include=_ASKED), "since": span.since, "until": span.until, "tz": span.tz}
    rows = (await work.connection.execute(_STATEMENTS[question.group_by], values)).mappings().all()
    refuse_too_many(question.group_by, len(rows) - 1)
    total = next(_tally(row, total=True) for row in rows if row["is_total"])
    groups = [(row["key"], _tally(row, total=False)) for row in rows if not row["is_total"]]
    return total, groups if question.group_by is not None else []


def _tally(row: RowMapping, *, total: bool) -> Tally:
    def whole(name: str) -> int:
        return int(str(row[name] or 0))

    return Tally(
        contacts=whole("contacts"),
        answered=whole("answered"),
        abandoned=whole("abandoned"),
        phantom=whole("phantom"),
        self_served=whole("self_served"),
        unknown=whole("unknown"),
        still_open=whole("still_open"),
        handled=whole("answered" if total else "handled"),
        within=whole("within"),
        wait_seconds=float(str(row["wait_seconds"] or 0)),
        service_seconds=float(str(row["service_seconds"] or 0)),
        negative=whole("negative"),
    )


_KEYS: dict[str | None, str] = {
    None: "'all'",
    **{group: time_key(group, "started_at") for group in get_args(TimeGroup)},
    **{name: name for name in ("channel", "touchpoint", "source", "queue", "agent")},
    "type": "contact_type",
}
_PARTS = {
    # One row for each agent of a contact; the first one has answered it, and stands for the contact in all other counts.
    True: """LEFT JOIN LATERAL unnest(agents, agent_seconds) WITH ORDINALITY AS h(agent, seconds, place) ON true""",
    False: """CROSS JOIN LATERAL (SELECT NULL::text, service_seconds, 1) AS h(agent, seconds, place)""",
}


def _statement(group_by: str | None) -> str:
    order = "min(started_at)" if group_by in TIME_GROUPS else "key"  # an hour that a clock shows twice is two
    return f"""
    WITH contacts AS (
        SELECT {_KEYS[group_by]} AS key, started_at, coalesce(place, 1) = 1 AS is_first, outcome,
            coalesce(seconds, service_seconds)::numeric AS seconds, wait_seconds, flags,
            state NOT IN ('completed', 'abandoned', 'voided', 'timed_out') AS is_open
        FROM interactions {_PARTS[group_by == "agent"]}
        WHERE (CAST(:since AS timestamptz) IS NULL OR started_at >= :since)
          AND (CAST(:until AS timestamptz) IS NULL OR started_at < :until)
          AND (CAST(:tz AS text) IS NOT NULL)
          AND (CAST(:channel AS text) IS NULL OR channel = :channel)
          AND (CAST(:touchpoint AS text) IS NULL OR touchpoint = :touchpoint)
          AND (CAST(:source AS text) IS NULL OR source = :source)
          AND (CAST(:direction AS text) IS NULL OR direction = :direction)
          AND (CAST(:queue AS text) IS NULL OR queue = :queue)
          AND (CAST(:agent AS text) IS NULL OR agents @> ARRAY[CAST(:agent AS text)])
          AND (CAST(:contact_type AS text) IS NULL OR contact_type = :contact_type)
    ), closed AS (
        SELECT *, is_first AND NOT is_open AS counts FROM contacts
    )
    SELECT key, grouping(key) = 1 AS is_total,
        count(*) FILTER (WHERE is_first) AS contacts,
        count(*) FILTER (WHERE counts AND outcome = 'answered') AS answered,
        count(*) FILTER (WHERE counts AND outcome = 'abandoned') AS abandoned,
        count(*) FILTER (WHERE counts AND outcome = 'phantom') AS phantom,
        count(*) FILTER (WHERE counts AND outcome = 'self_served') AS self_served,
        count(*) FILTER (
            WHERE counts AND outcome NOT IN ('answered', 'abandoned', 'phantom', 'self_served')
        ) AS unknown,
        count(*) FILTER (WHERE is_first AND is_open) AS still_open,
        count(*) FILTER (WHERE NOT is_open AND outcome = 'answered') AS handled,
        count(*) FILTER (
            WHERE counts AND outcome = 'answered' AND wait_seconds <= CAST(:threshold AS double precision)
        ) AS within,
        sum(wait_seconds::numeric) FILTER (WHERE counts AND outcome = 'answered') AS wait_seconds,
        sum(seconds) FILTER (WHERE NOT is_open AND outcome = 'answered') AS service_seconds,
        count(*) FILTER (
            WHERE is_first AND EXISTS (SELECT 1 FROM unnest(flags) AS f WHERE f LIKE 'negative-%')
        ) AS negative
    FROM closed GROUP BY GROUPING SETS ((key), ()) ORDER BY is_total, {order} NULLS LAST
    """  # noqa: S608 - made of the constants above


_STATEMENTS = {group_by: text(_statement(group_by)) for group_by in _KEYS}
