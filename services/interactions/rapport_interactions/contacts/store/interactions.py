"""Interactions as folded: what a fold needs to know of them, and writing a set of them with one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from rapport_chassis.work import Work
from rapport_contracts.interactions.vocabulary import LinkRule
from sqlalchemy import ARRAY, Column
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB

from rapport_interactions.contacts.domain.announcements import Announced
from rapport_interactions.contacts.domain.interaction import Interaction, Segment
from rapport_interactions.contacts.store.tables import interactions

_BETWEEN = "\x1f"
"""Between the members of a list inside one text: no code holds a control character."""


BY_HAND = LinkRule.BY_HAND.value
RESOLVED = LinkRule.CONFLICT_RESOLVED.value
"""Rules of links that a person decided; an identification does not override them."""


@dataclass(slots=True)
class Known:
    """What is kept of an interaction besides its events: version, customer, and what was published."""

    id: UUID
    source: str
    call_id: str
    version: int = 0
    customer_id: UUID | None = None
    timed_out_at: datetime | None = None
    announced: Announced = field(default_factory=Announced)
    presented: set[str] = field(default_factory=set)
    presented_count: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """The customer of an interaction; `rule` is how we know."""

    interaction_id: UUID
    customer_id: UUID
    rule: str


class Interactions:
    """Interactions in the transaction of a work."""

    def __init__(self, work: Work) -> None:
        """Open it with `work.store(Interactions)`."""
        self._work = work

    async def lock(self, ids: Sequence[UUID]) -> dict[UUID, Known]:
        """Those of `ids` that exist, locked until the commit, always in the same order: one statement."""
        connection = await self._work.raw()
        return {row["id"]: _known(row) for row in await connection.fetch(_LOCK, list(ids))}

    async def save(self, folded: Sequence[tuple[Known, Interaction]]) -> None:
        """Write all of them: one statement."""
        connection = await self._work.raw()
        await connection.execute(_SAVE, *_columns(folded))

    async def link(self, links: Sequence[Link]) -> list[tuple[Link, int]]:
        """Write the customers of these interactions and drop their identifiers: one statement.

        Returns the links that changed something, each with the version to publish it under. Unknown interactions and
        links that exist already are left out. The caller has locked the rows.
        """
        connection = await self._work.raw()
        rows = await connection.fetch(
            _LINK,
            [link.interaction_id for link in links],
            [link.customer_id for link in links],
            [link.rule for link in links],
            self._work.now,
            [BY_HAND, RESOLVED],
        )
        versions = {row["id"]: int(row["version"]) for row in rows}
        return [(link, versions[link.interaction_id]) for link in links if link.interaction_id in versions]

    async def time_out(self, silent_since: datetime, arrived_before: datetime, limit: int) -> int:
        """Time out open interactions whose last event is from before `silent_since` and reached us before
        `arrived_before`; they are queued for folding, which publishes it. One statement; returns how many.
        """
        connection = await self._work.raw()
        timed_out: int = await connection.fetchval(_TIME_OUT, silent_since, arrived_before, limit, self._work.now)
        return timed_out


def _known(row: Any) -> Known:
    return Known(
        id=row["id"],
        source=row["source"],
        call_id=row["call_id"],
        version=row["version"],
        customer_id=row["customer_id"],
        timed_out_at=row["timed_out_at"],
        announced=Announced.of(row["announced"]),
        presented=set(row["presented"]),
        presented_count=row["presented_count"],
    )


def _segment(part: Segment) -> dict[str, Any]:
    return {
        "kind": part.kind,
        "started_at": part.started_at,
        "ended_at": part.ended_at,
        "seconds": part.seconds,
        "queue": part.queue,
        "agent": part.agent,
    }


def _columns(folded: Sequence[tuple[Known, Interaction]]) -> list[list[Any]]:
    """One array for each of `_FOLDED`, in that order."""
    rows = [
        (
            known.id,
            known.version,
            known.source,
            known.call_id,
            now.state,
            now.channel,
            now.direction,
            now.mode,
            now.outcome,
            now.touchpoint,
            now.contact_type,
            now.queue,
            _BETWEEN.join(now.agents),
            _BETWEEN.join(str(handler.service_seconds) for handler in now.handlers),
            now.last_agent,
            len(now.transfers),
            now.started_at,
            now.ended_at,
            now.last_event_at,
            now.wait_seconds,
            now.durations.ivr,
            now.durations.queue,
            now.durations.service,
            now.durations.hold,
            now.durations.after_contact_work,
            now.durations.bot,
            _BETWEEN.join(now.flags),
            orjson.dumps([_segment(part) for part in now.segments], option=orjson.OPT_UTC_Z).decode(),
            orjson.dumps(known.announced.as_dict()).decode(),
            _BETWEEN.join(sorted(known.presented)),
            known.presented_count,
        )
        for known, now in sorted(folded, key=lambda pair: pair[0].id)
    ]
    return [list(column) for column in zip(*rows, strict=True)]


_LOCK = """
    SELECT id, source, call_id, version, customer_id, timed_out_at, announced, presented, presented_count
    FROM interactions WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE
"""
_FOLDED: list[Column[Any]] = [
    interactions.c[name]
    for name in (
        *("id", "version", "source", "call_id", "state", "channel", "direction", "mode", "outcome", "touchpoint"),
        *("contact_type", "queue", "agents", "agent_seconds", "last_agent", "transfers", "started_at", "ended_at"),
        *("last_event_at", "wait_seconds", "ivr_seconds", "queue_seconds", "service_seconds", "hold_seconds"),
        *("after_contact_work_seconds", "bot_seconds", "flags", "segments", "announced", "presented", "presented_count"),
    )
]
"""What a fold writes. The columns that it leaves alone are those of the link and of timing out."""
_NAMES = ", ".join(column.name for column in _FOLDED)


def _type(column: Column[Any]) -> str:
    return str(column.type.compile(postgresql.dialect()))  # type: ignore[no-untyped-call]


def _sent(column: Column[Any]) -> str:
    """Lists and documents are sent as text: plain arrays of text need no type to be looked up in the catalogue first."""
    return "text" if isinstance(column.type, ARRAY | JSONB) else _type(column)


def _value(column: Column[Any]) -> str:
    """How the value of a column is made from what is sent."""
    if isinstance(column.type, ARRAY):
        return f"string_to_array({column.name}, E'\\x1f')::{_type(column)}"
    return f"{column.name}::jsonb" if isinstance(column.type, JSONB) else column.name


_VALUES = ", ".join(map(_value, _FOLDED))
_GIVEN = ", ".join(f"${place}::{_sent(column)}[]" for place, column in enumerate(_FOLDED, 1))
_UPDATES = ", ".join(f"{column.name} = excluded.{column.name}" for column in _FOLDED if column.name != "id")
_SAVE = f"""
    INSERT INTO interactions ({_NAMES}) SELECT {_VALUES} FROM unnest({_GIVEN}) AS f({_NAMES})
    ON CONFLICT (id) DO UPDATE SET {_UPDATES}
"""  # noqa: S608 - made of the names above
_LINK = """
    WITH given AS (
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS l(id, customer_id, rule)
    ), linked AS (
        UPDATE interactions i SET customer_id = g.customer_id, link_rule = g.rule, linked_at = $4, version = version + 1
        FROM given g WHERE i.id = g.id AND i.customer_id IS DISTINCT FROM g.customer_id
          AND i.customer_id IS DISTINCT FROM customer_root(g.customer_id)
          AND (i.link_rule IS NULL OR i.link_rule <> ALL($5::text[]) OR g.rule = ANY($5::text[]))
        RETURNING i.id, i.version
    ), forgotten AS (
        UPDATE call_events e SET identifiers = NULL FROM given g
        WHERE e.interaction_id = g.id AND e.identifiers IS NOT NULL
    )
    SELECT id, version FROM linked
"""
_TIME_OUT = """
    WITH silent AS (
        SELECT id FROM interactions i
        WHERE ended_at IS NULL AND timed_out_at IS NULL AND last_event_at < $1
          AND NOT EXISTS (SELECT 1 FROM call_events e WHERE e.interaction_id = i.id AND e.received_at >= $2)
        ORDER BY last_event_at LIMIT $3 FOR UPDATE SKIP LOCKED
    ), timed_out AS (
        UPDATE interactions i SET timed_out_at = $4 FROM silent s WHERE i.id = s.id RETURNING i.id
    ), queued AS (
        INSERT INTO fold_queue (interaction_id) SELECT id FROM timed_out RETURNING interaction_id
    )
    SELECT count(*) FROM queued
"""
