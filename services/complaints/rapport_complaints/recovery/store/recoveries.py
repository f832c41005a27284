"""Recovery cases as aggregates with what they award; the ledger is only ever added to; one timer for the end of an offer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any
from uuid import UUID

from rapport_chassis.histories import HistoryStore
from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from rapport_complaints.recovery.domain.compensation import Award, Entry
from rapport_complaints.recovery.domain.recovery import RecoveryCase
from rapport_complaints.recovery.domain.recovery_life import CLAIMABLE
from rapport_complaints.recovery.store import tables
from rapport_complaints.recovery.store.money import money

EXPIRE = "recovery.expire"
"""The kind of timer at which an offer lapses; its key is the case."""
_PARTS = {"awards", "entries"}
_NAMES = [
    each.name for each in fields(RecoveryCase) if each.name not in {"id", "version", "recorded", "unsaved_history", *_PARTS}
]


class Recoveries(HistoryStore[RecoveryCase]):
    """Recovery cases."""

    table = tables.recovery_cases
    kind = RecoveryCase
    name = "recovery"

    async def get_many(self, ids: Iterable[UUID], *, for_update: bool = False) -> dict[UUID, RecoveryCase]:
        """As every store, with their awards; two statements."""
        known = set(self._held)
        found = await super().get_many(ids, for_update=for_update)
        fresh = [one for one in found if one not in known]
        if fresh:
            c = tables.compensations
            query = select(c).where(c.c.recovery_id.in_(fresh)).order_by(c.c.id)
            for row in await self.work.connection.execute(query):
                found[row.recovery_id].awards.append(
                    Award(
                        row.id,
                        row.plan,
                        row.kind,
                        money(row.currency, row.amount),
                        row.awarded_at,
                        row.entry,
                        row.payment,
                        row.state,
                    )
                )
        return found

    def to_row(self, aggregate: RecoveryCase) -> dict[str, Any]:
        """The plain fields; awards are rows of their own."""
        return {name: getattr(aggregate, name) for name in _NAMES}

    def from_row(self, row: Mapping[str, Any]) -> RecoveryCase:
        """The case without its awards."""
        return RecoveryCase(id=row["id"], **{name: row[name] for name in _NAMES})

    async def flush(self) -> None:
        """Cases and their history, awards, the ledger, then the timers of those that were changed."""
        before = {each.aggregate.id: each.aggregate.version for each in self._held.values()}
        await super().flush()
        changed = [each.aggregate for each in self._held.values() if each.aggregate.version != before[each.aggregate.id]]
        awards = [_award(case.id, award) for case in changed for award in case.awards]
        if awards:
            await self.work.connection.execute(_SAVE, awards)
        entries: list[dict[str, Any]] = []
        for case in changed:
            made, case.entries = case.entries, []
            entries.extend(_entry(case.id, each) for each in made)
        if entries:
            await self.work.connection.execute(insert(tables.compensation_ledger), entries)
        for case in changed:
            if case.state in CLAIMABLE and case.expires_at is not None:
                await self.work.timers.set(EXPIRE, case.id, case.expires_at)
            else:
                await self.work.timers.cancel(EXPIRE, case.id)


def _award(recovery_id: UUID, award: Award) -> dict[str, Any]:
    return {
        "id": award.id,
        "recovery_id": recovery_id,
        "plan": award.plan,
        "kind": award.kind,
        "currency": award.amount.currency,
        "amount": award.amount.amount,
        "state": award.state,
        "awarded_at": award.awarded_at,
        "entry": award.entry,
        "payment": award.payment,
    }


def _entry(recovery_id: UUID, entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "recovery_id": recovery_id,
        "compensation_id": entry.award_id,
        "kind": entry.kind,
        "currency": entry.amount.currency,
        "amount": entry.amount.amount,
        "reverses": entry.reverses,
        "at": entry.act.at,
        "recorded_at": entry.act.recorded_at,
        "actor": entry.act.by,
        "reason": entry.act.reason,
    }


_insert = upsert(tables.compensations)
_SAVE = _insert.on_conflict_do_update(
    index_elements=["id"], set_={"state": _insert.excluded.state, "payment": _insert.excluded.payment}
)
