"""Complaints as aggregates: one row, the rows of their clocks, the rows of what was done, and one timer for each clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from rapport_chassis.database import to_json
from rapport_chassis.histories import HistoryStore, PartsTable
from rapport_chassis.work import Work
from rapport_kernel.business_time import Pause
from rapport_kernel.chain import moment
from rapport_kernel.errors import NotFound
from sqlalchemy import exists, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store import tables
from rapport_complaints.cases.store.tables import findings
from rapport_complaints.clocks.domain.clocks import Clock, PastDue
from rapport_complaints.clocks.domain.policies import LimitUnit, Target

LOOK = "clock.look"
"""The kind of timer at which something has to be said about a clock: its warning line, then its due time."""

VULNERABILITY = "complaints.vulnerability"
"""The place that the code is sealed for which says why a customer needs care."""


class Complaints(HistoryStore[Complaint]):
    """Complaints with their clocks."""

    table = tables.complaints
    kind = Complaint
    name = "complaint"
    parts = PartsTable(findings, subject="complaint_id", entry="move_id")

    def content(self, row: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """What is hashed of a row of the history and of what was found with it. Words stand in it by their digest. Rows that
        were sealed stay as they are: this never changes."""
        plain = ("move", "source", "target", "actor", "reason", "detail")
        return {
            **{name: row[name] for name in plain},
            "id": str(row["id"]),
            "complaint_id": str(row["subject_id"]),
            "at": moment(row["at"]),
            "recorded_at": moment(row["recorded_at"]),
            "note": _hex(row["digest"]),
            "found": [
                {
                    "id": str(each["id"]),
                    "part": each["part"],
                    "kind": str(each["kind"]),
                    "reference_id": None if each["reference_id"] is None else str(each["reference_id"]),
                    "words": _hex(each["digest"]),
                }
                for each in parts
            ],
        }

    async def get_many(self, ids: Iterable[UUID], *, for_update: bool = False) -> dict[UUID, Complaint]:
        """Two statements, whatever their number."""
        known = set(self._held)
        found = await super().get_many(ids, for_update=for_update)
        fresh = [one for one in found if one not in known]
        if fresh:
            query = select(tables.clocks).where(tables.clocks.c.complaint_id.in_(fresh)).order_by(tables.clocks.c.id)
            for row in (await self.work.connection.execute(query)).mappings():
                found[row["complaint_id"]].clocks.append(read_clock(row))
            for one in fresh:  # the due time of the row comes from the clocks: whoever only looks changes nothing
                self._held[one].saved = to_json(self.to_row(found[one]))
        return found

    async def flush(self) -> None:
        """Complaints with their history, then clocks with their timers. A clock that a timer checked has its timer set anew,
        also where nothing of its complaint changed."""
        await super().flush()
        held = [each.aggregate for each in self._held.values()]
        await self._write_clocks([clock for complaint in held for clock in complaint.clocks if clock.changed])

    async def numbers(self, count: int, at: datetime) -> list[str]:
        """New numbers, such as `C2026-000042`."""
        drawn = (await self.work.connection.execute(_NUMBERS, {"count": count})).scalars().all()
        return [f"C{at.year}-{number:06d}" for number in drawn]

    async def filed_out_of(self, interaction_ids: Iterable[UUID]) -> dict[UUID, list[UUID]]:
        """Complaints without a customer that came out of these interactions, by interaction."""
        c = tables.complaints.c
        query = select(c.interaction_id, c.id).where(c.interaction_id.in_(list(interaction_ids)), c.customer_id.is_(None))
        found: dict[UUID, list[UUID]] = {}
        for row in await self.work.connection.execute(query):
            found.setdefault(row.interaction_id, []).append(row.id)
        return found

    async def behind_calendar(self, code: str, version: int, limit: int) -> list[UUID]:
        """Complaints with a clock that runs under an older version of this calendar, in order of id."""
        c = tables.clocks.c
        running = c.state.in_(["running", "paused"])
        query = select(c.complaint_id).distinct().where(c.calendar == code, running, c.calendar_version < version)
        return list((await self.work.connection.execute(query.order_by(c.complaint_id).limit(limit))).scalars())

    async def known_refs(self, source: str, refs: Iterable[str]) -> dict[str, UUID]:
        """Those of the external references that were imported already, with their complaints; until the commit nobody else
        imports of this source."""
        await self.work.connection.execute(_HOLD_SOURCE, {"source": source})
        c = tables.complaints.c
        query = select(c.external_ref, c.id).where(c.source == source, c.external_ref.in_(list(refs)))
        return {row.external_ref: row.id for row in await self.work.connection.execute(query)}

    async def has_duplicates(self, complaint_id: UUID) -> bool:
        """Whether others are marked as duplicates of this one."""
        query = select(exists().where(tables.complaints.c.duplicate_of == complaint_id))
        return bool((await self.work.connection.execute(query)).scalar_one())

    async def last_contact_times(self, complaint_id: UUID) -> tuple[datetime | None, datetime | None]:
        """When we last contacted the customer, and when they last contacted us (UTC); one statement."""
        row = (await self.work.connection.execute(_LAST_CONTACT_TIMES, {"complaint": complaint_id})).one()
        return row.spoke, row.heard

    async def _write_clocks(self, changed: list[Clock]) -> None:
        if not changed:
            return
        await self.work.connection.execute(_SAVE_CLOCKS, [_clock_row(clock) for clock in changed])
        for clock in changed:
            clock.changed = False
            look = clock.next_check_at
            if look is None:
                await self.work.timers.cancel(LOOK, clock.id)
            else:
                await self.work.timers.set(LOOK, clock.id, look, {"complaint_id": str(clock.complaint_id)})


_PLAIN = [
    column.name
    for column in tables.clocks.columns
    if column.name not in {"target_amount", "target_unit", "pauses", "past_dues"}
]


def _clock_row(clock: Clock) -> dict[str, Any]:
    return {
        **{name: getattr(clock, name) for name in _PLAIN},
        "target_amount": clock.target.amount,
        "target_unit": clock.target.unit.value,
        "pauses": [{"start": p.start, "end": p.end, "reason": p.reason} for p in clock.pauses],
        "past_dues": [{"due_at": d.due_at, "replaced_at": d.replaced_at, "reason": d.reason} for d in clock.past_dues],
    }


def _hex(digest: bytes | None) -> str | None:
    return None if digest is None else digest.hex()


def read_clock(row: Mapping[Any, Any]) -> Clock:
    """A clock from its columns."""
    return Clock(
        **{name: row[name] for name in _PLAIN},
        target=Target(amount=row["target_amount"], unit=LimitUnit(row["target_unit"])),
        pauses=[Pause(_time(p["start"]), _time_or_none(p["end"]), p["reason"]) for p in row["pauses"]],
        past_dues=[PastDue(_time_or_none(d["due_at"]), _time(d["replaced_at"]), d["reason"]) for d in row["past_dues"]],
    )


def _time(value: str) -> datetime:
    return datetime.fromisoformat(value)


def _time_or_none(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


_insert_clocks = upsert(tables.clocks)
_SAVE_CLOCKS = _insert_clocks.on_conflict_do_update(
    index_elements=["id"],
    set_={
        column.name: _insert_clocks.excluded[column.name]
        for column in tables.clocks.columns
        if column.name not in {"id", "complaint_id", "kind", "episode", "started_at", "policy", "policy_version"}
    },
)
_HOLD_SOURCE = text("SELECT pg_advisory_xact_lock(hashtextextended('import ' || :source, 0))")
_NUMBERS = text("SELECT nextval('complaint_numbers') FROM generate_series(1, :count)")
_LAST_CONTACT_TIMES = text(
    """
    SELECT max(at) FILTER (WHERE ours) AS spoke, max(at) FILTER (WHERE NOT ours) AS heard FROM (
        SELECT at, direction = 'outbound' AS ours FROM communications WHERE complaint_id = :complaint
        UNION ALL
        SELECT at, move = 'record-step' FROM history WHERE subject_id = :complaint
            AND (move IN ('refuse', 'appeal') OR (move = 'record-step' AND detail->>'method' = 'customer_talk'))
    ) AS words
    """
)


MOST = 50


@dataclass(frozen=True, slots=True)
class Similar:
    """One of them, with the reasons: `same-interaction`, `same-customer`, `same-touchpoint`."""

    id: UUID
    number: str
    state: str
    category: str
    touchpoint: str | None
    customer_id: UUID | None
    received_at: datetime
    reasons: list[str]


async def find_similar(work: Work, complaint_id: UUID) -> list[Similar]:
    """Those of the same interaction, of the same customer, or of the same category at the same touchpoint as many days
    around it as its policy says; most reasons first, then the nearest in time, 50 at most. Duplicates are not among them:
    they cannot be the original. Raises NotFound."""
    rows = (await work.connection.execute(SIMILAR, {"id": complaint_id, "most": MOST})).mappings().all()
    if not rows:
        raise NotFound
    return [Similar(**row) for row in rows if row["id"] is not None]


SIMILAR = text(
    """
    WITH one AS (
        SELECT c.id, c.customer_id, c.interaction_id, c.category, c.touchpoint, c.received_at,
            make_interval(days => coalesce((
                SELECT (p.body ->> 'similar_days')::int FROM sla_policies p
                WHERE p.code = c.policy AND p.version = c.policy_version
            ), 30)) AS around
        FROM complaints c WHERE c.id = :id
    ), found AS (
        (SELECT o.id, 'same-interaction' AS reason, 1 AS rank FROM one JOIN complaints o
            ON o.interaction_id = one.interaction_id
        WHERE o.id <> one.id AND o.state <> 'duplicate' LIMIT :most)
        UNION ALL
        (SELECT o.id, 'same-customer', 2 FROM one JOIN complaints o ON o.customer_id = one.customer_id
        WHERE o.id <> one.id AND o.state <> 'duplicate' ORDER BY o.received_at DESC LIMIT :most)
        UNION ALL
        (SELECT o.id, 'same-touchpoint', 3 FROM one JOIN complaints o ON o.category = one.category
            AND o.touchpoint = one.touchpoint
            AND o.received_at BETWEEN one.received_at - one.around AND one.received_at + one.around
        WHERE o.id <> one.id AND o.state <> 'duplicate' ORDER BY o.received_at DESC LIMIT :most)
    ), together AS (
        SELECT id, array_agg(reason ORDER BY rank) AS reasons FROM found GROUP BY id
    )
    SELECT o.id, o.number, o.state, o.category, o.touchpoint, o.customer_id, o.received_at, t.reasons
    FROM one LEFT JOIN together t ON true LEFT JOIN complaints o ON o.id = t.id
    ORDER BY cardinality(t.reasons) DESC NULLS LAST, t.reasons,
        greatest(o.received_at - one.received_at, one.received_at - o.received_at), o.id
    LIMIT :most
    """
)
