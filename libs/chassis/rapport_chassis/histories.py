"""One history for everything that people act on: a hash chain for each aggregate, in the table `history` of each service.

    class WinBacks(HistoryStore[WinBack]):
        table = win_backs
        kind = WinBack
        name = "win-back"
        check_timer = "win-back.due"

The store writes the aggregates, then what was logged of them with audit rows that have the hash of each, then the timers at
which they are to be checked. `verifying` says whether a history is what was written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeVar, cast
from uuid import UUID

import orjson
from rapport_kernel.history import AggregateWithHistory, HistoryEntry, entry_content
from rapport_kernel.ids import new_id
from sqlalchemy import Column, DateTime, Index, LargeBinary, Table, Text, Uuid, insert, select
from sqlalchemy.dialects.postgresql import JSONB

from rapport_chassis.chains import Chains, heads_table, link_columns
from rapport_chassis.database import to_json
from rapport_chassis.filters import Dated
from rapport_chassis.lists import Keyset, Page, Paging, into
from rapport_chassis.store import AggregateStore
from rapport_chassis.tables import metadata
from rapport_chassis.timers import Batched, Timer
from rapport_chassis.work import Work

A = TypeVar("A", bound=AggregateWithHistory)

history = Table(
    "history",
    metadata,
    Column("id", Uuid, primary_key=True, comment="time-ordered"),
    Column("kind", Text, nullable=False, comment="of the subject, such as `complaint`"),
    Column("subject_id", Uuid, nullable=False),
    Column("move", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text),
    Column("detail", JSONB, nullable=False),
    Column("note", LargeBinary, comment="sealed"),
    Column("salt", LargeBinary, comment="sealed; of the digest"),
    Column("digest", LargeBinary, comment="of salt and note; what the note takes part in the chain by"),
    *link_columns(),
    Index("history_chain", "subject_id", "seq", unique=True),
    comment="Every move with who, when, why; a chain for each subject, append-only.",
)
history_heads = heads_table("history_heads", metadata)
IN_ORDER = Keyset({"recorded_at": history.c.seq}, history.c.seq, default="recorded_at")
"""In the order in which it was entered."""


@dataclass(frozen=True, slots=True)
class PartsTable:
    """Where the `parts` of entries are kept: dataclasses with the fields of its columns. `subject` and `entry` are its
    columns for the aggregate and the entry; free text is in `words`, `salt` and `digest`, as a note is."""

    table: Table
    subject: str
    entry: str

    @property
    def places(self) -> tuple[str, str]:
        """The places that words and their salts are sealed for."""
        return f"{self.table.name}.words", f"{self.table.name}.salt"

    def rows(self, subject_id: UUID, entry: HistoryEntry) -> list[dict[str, Any]]:
        """The rows of an entry, in the order of its parts."""
        names = [each.name for each in self.table.columns if each.name not in {"id", self.subject, self.entry}]
        own = {self.subject: subject_id, self.entry: entry.id}
        return [{"id": new_id(), **own, **{name: getattr(part, name) for name in names}} for part in entry.parts]

    async def load(self, work: Work, subject_id: UUID) -> dict[UUID, list[Mapping[str, Any]]]:
        """The rows of an aggregate, by entry."""
        query = select(self.table).where(self.table.c[self.subject] == subject_id).order_by(self.table.c.id)
        found: dict[UUID, list[Mapping[str, Any]]] = defaultdict(list)
        for row in (await work.connection.execute(query)).mappings():
            found[row[self.entry]].append(cast("Mapping[str, Any]", row))
        return found


class HistoryStore(AggregateStore[A]):
    """Store of aggregates with a history. `name` is what they are called in the history and the audit; `check_timer` the
    kind of timer that fires at `next_check_at` (see `settling`), its key is the id; `parts` is where parts of entries are
    kept."""

    name: ClassVar[str]
    check_timer: ClassVar[str | None] = None
    parts: ClassVar[PartsTable | None] = None

    def __init__(self, work: Work) -> None:
        """As every store."""
        super().__init__(work)
        self._checks: dict[UUID, datetime | None] = {}

    def content(self, row: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """What is hashed of a row of the history and of the rows of its parts. Fixed for good once rows exist."""
        if parts:
            raise TypeError(f"{type(self).__name__} has to say what is hashed of the parts of an entry")
        return entry_content(row)

    def has_unsaved_history(self, aggregate: A) -> bool:
        """What is to be written into the history counts, also where nothing else of the row changes."""
        return super().has_unsaved_history(aggregate) or bool(aggregate.unsaved_history)

    async def save_related(self, saved: list[A]) -> None:
        """The history with its audit rows, parts of entries, timers: a statement each, whatever the number."""
        await super().save_related(saved)
        await self._save_history(saved)
        for aggregate in saved:
            await self.set_check(aggregate)

    async def set_check(self, aggregate: A) -> None:
        """Set the timer to when something will have to be recorded, or cancel the one that was set."""
        if self.check_timer is None:
            return
        at = aggregate.next_check_at
        if at is not None:
            await self.work.timers.set(self.check_timer, aggregate.id, at)
        elif self._checks.get(aggregate.id) is not None:
            await self.work.timers.cancel(self.check_timer, aggregate.id)
        self._checks[aggregate.id] = at

    def _hold(self, row: Mapping[str, Any], *, locked: bool) -> None:
        super()._hold(row, locked=locked)
        if self.check_timer is not None and row["id"] not in self._checks:
            self._checks[row["id"]] = self._held[row["id"]].aggregate.next_check_at

    async def _save_history(self, saved: list[A]) -> None:
        unsaved = [(aggregate.id, aggregate.unsaved_history) for aggregate in saved]
        for aggregate in saved:
            aggregate.unsaved_history = []
        await self.log([(subject_id, entry) for subject_id, entries in unsaved for entry in entries])

    async def log(self, logged: Sequence[tuple[UUID, HistoryEntry]]) -> None:
        """Write entries of the histories of these ids. The store does it for what it saves; a use case does it for
        rows that another statement has written. The caller holds their rows. Entries are sealed while it does; the audit
        trail has the hash of each. Raises TypeError for an entry that its kind does not know (`noted`).
        """
        rows: list[dict[str, Any]] = []
        parts: list[dict[str, Any]] = []
        contents: list[dict[str, Any]] = []
        for subject_id, entry in logged:
            row, own = self._row(subject_id, entry), self._part_rows(subject_id, entry)
            rows.append(row)
            parts += own
            contents.append(self.content({**row, "detail": orjson.loads(to_json(entry.detail))}, own))
        if not rows:
            return
        links = await Chains(self.work, history, history_heads, "subject_id").append(rows, contents)
        for row, link in zip(rows, links, strict=True):
            detail = {"from": row["source"], "to": row["target"], "move_id": str(row["id"]), "hash": link.hash.hex()}
            subject = f"{self.name}:{row['subject_id']}"
            await self.work.audit(f"{self.name}.{row['move']}", subject, reason=row["reason"], detail=detail)
        if parts and self.parts is not None:
            await self.work.connection.execute(insert(self.parts.table), parts)

    def _row(self, subject_id: UUID, entry: HistoryEntry) -> dict[str, Any]:
        noted, act = self.kind.noted_by_move.get(entry.move), entry.act
        if noted is None or not noted.holds(entry.detail):
            told = ", ".join(entry.detail) or "nothing"
            raise TypeError(f"{self.kind.__name__} does not say that '{entry.move}' notes {told}")
        return {
            "id": entry.id,
            "kind": self.name,
            "subject_id": subject_id,
            "move": entry.move,
            "source": entry.source,
            "target": entry.target,
            "at": act.at,
            "recorded_at": act.recorded_at,
            "actor": act.by,
            "reason": act.reason,
            "detail": entry.detail,
            "note": act.note,
            "salt": act.salt,
            "digest": act.digest,
        }

    def _part_rows(self, subject_id: UUID, entry: HistoryEntry) -> list[dict[str, Any]]:
        if not entry.parts:
            return []
        if self.parts is None:
            raise TypeError(f"{type(self).__name__} does not say where the parts of an entry are kept")
        return self.parts.rows(subject_id, entry)


def settling(store: type[HistoryStore[A]]) -> Batched[Any]:
    """The handler of `store.check_timer`: records what has become true of a set of them, and sets the next check.

    TIMERS = {"win-back.due": settling(WinBacks)}
    """
    if store.check_timer is None:
        raise TypeError(f"{store.__name__} has no check_timer")

    async def settle(work: Work, timers: list[Timer]) -> None:
        kept = work.store(store)
        ids = [UUID(timer.key) for timer in timers]
        for aggregate in (await kept.get_many(ids, for_update=True)).values():
            aggregate.settle(work.now)
            await kept.set_check(aggregate)

    return Batched(settle)


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One row of the history as it is shown; `note` is sealed."""

    id: UUID
    move: str
    source: str
    target: str
    at: datetime
    recorded_at: datetime
    actor: str
    reason: str | None
    detail: dict[str, Any]
    note: bytes | None


class HistoryFilters(Dated):
    """What a history can be narrowed down to."""

    at = "recorded_at"


async def find_history(work: Work, subject_id: UUID, filters: HistoryFilters, paging: Paging) -> Page[StoredEntry]:
    """One page of a history, the oldest first; notes still sealed. Raises Invalid for a bad cursor or order."""
    columns = [history.c[name] for name in StoredEntry.__slots__]
    query = select(*columns).where(history.c.subject_id == subject_id, *filters.conditions(work, history))
    return (await IN_ORDER.find(work, query, paging, filters.asked_of(subject_id))).map(into(StoredEntry))
