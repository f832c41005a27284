"""Counting contacts: one statement for all groups and the total."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from sqlalchemy import RowMapping, text

from rapport_interactions.domain.figures import Tally

if TYPE_CHECKING:
    from rapport_chassis.work import Work

GroupBy = Literal["day", "queue", "agent", "type"]


@dataclass(frozen=True, slots=True)
class Counted:
    """Which contacts: those that started in [since, until) (UTC; None: no bound), of a channel, direction, queue or agent.

    `zone` is the IANA time zone whose days are meant.
    """

    since: datetime | None
    until: datetime | None
    zone: str
    group_by: GroupBy | None
    threshold: float
    channel: str | None = None
    direction: str | None = None
    queue: str | None = None
    agent: str | None = None
    contact_type: str | None = None


async def tally(work: Work, what: Counted) -> tuple[Tally, list[tuple[str | None, Tally]]]:
    """The total, and the groups in order of their keys (None: contacts without one)."""
    values = {
        "since": what.since,
        "until": what.until,
        "zone": what.zone,
        "threshold": what.threshold,
        "channel": what.channel,
        "direction": what.direction,
        "queue": what.queue,
        "agent": what.agent,
        "type": what.contact_type,
    }
    rows = (await work.connection.execute(_STATEMENTS[what.group_by], values)).mappings().all()
    total = next(_tally(row, total=True) for row in rows if row["is_total"])
    groups = [(row["key"], _tally(row, total=False)) for row in rows if not row["is_total"]]
    return total, groups if what.group_by is not None else []


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


_KEYS: dict[GroupBy | None, str] = {
    None: "'all'",
    "day": "to_char(started_at AT TIME ZONE :zone, 'YYYY-MM-DD')",
    "queue": "queue",
    "type": "contact_type",
    "agent": "agent",
}
_PARTS = {
    # One row for each agent of a contact; the first one has answered it, and stands for the contact in all other counts.
    True: """LEFT JOIN LATERAL unnest(agents, agent_seconds) WITH ORDINALITY AS h(agent, seconds, place) ON true""",
    False: """CROSS JOIN LATERAL (SELECT NULL::text, service_seconds, 1) AS h(agent, seconds, place)""",
}


def _statement(group_by: GroupBy | None) -> str:
    return f"""
    WITH contacts AS (
        SELECT {_KEYS[group_by]} AS key, coalesce(place, 1) = 1 AS is_first, outcome,
            coalesce(seconds, service_seconds)::numeric AS seconds, wait_seconds, flags,
            state NOT IN ('completed', 'abandoned', 'voided', 'timed_out') AS is_open
        FROM interactions {_PARTS[group_by == "agent"]}
        WHERE (CAST(:since AS timestamptz) IS NULL OR started_at >= :since)
          AND (CAST(:until AS timestamptz) IS NULL OR started_at < :until)
          AND (CAST(:zone AS text) IS NOT NULL)
          AND (CAST(:channel AS text) IS NULL OR channel = :channel)
          AND (CAST(:direction AS text) IS NULL OR direction = :direction)
          AND (CAST(:queue AS text) IS NULL OR queue = :queue)
          AND (CAST(:agent AS text) IS NULL OR agents @> ARRAY[CAST(:agent AS text)])
          AND (CAST(:type AS text) IS NULL OR contact_type = :type)
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
    FROM closed GROUP BY GROUPING SETS ((key), ()) ORDER BY is_total, key NULLS LAST
    """  # noqa: S608 - made of the constants above


_STATEMENTS = {group_by: text(_statement(group_by)) for group_by in _KEYS}
