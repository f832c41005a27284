"""Aggregates with a history in the table `chronicle`: a row for each move, and an audit row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from pydantic import TypeAdapter
from rapport_chassis.lists import Keyset, Page, Paging, into
from rapport_chassis.store import AggregateStore
from rapport_chassis.work import Work
from sqlalchemy import insert, select, text

from rapport_complaints.cases.domain.chronicle import Chronicled
from rapport_complaints.cases.store.lists import Past
from rapport_complaints.emergencies.store import tables

A = TypeVar("A", bound=Chronicled)
_NOT_COLUMNS = {"id", "version", "recorded", "done"}


class ChronicleStore(AggregateStore[A]):
    """Subclass with `table`, `kind` (the class), and `subject`, its name in the audit. Fields of the class are columns of
    the table by the same name; `parts` are those that are lists of dataclasses, kept as JSON, with what reads them."""

    kind: ClassVar[type[Any]]
    subject: ClassVar[str]
    parts: ClassVar[Mapping[str, TypeAdapter[Any]]] = {}

    def to_row(self, aggregate: A) -> dict[str, Any]:
        """The fields; parts as plain data. Add what is computed for lists."""
        row = {each.name: getattr(aggregate, each.name) for each in fields(aggregate) if each.name not in _NOT_COLUMNS}
        return {**row, **{name: kept.dump_python(row[name]) for name, kept in self.parts.items()}}

    def from_row(self, row: Mapping[str, Any]) -> A:
        """The aggregate."""
        names = [each.name for each in fields(self.kind) if each.name not in _NOT_COLUMNS]
        read = {name: kept.validate_python(row[name], strict=False) for name, kept in self.parts.items()}
        made: A = self.kind(id=row["id"], **{name: row[name] for name in names} | read)
        return made

    def says_more(self, aggregate: A) -> bool:
        """What is to be written into the history counts, also where nothing else of the row changes."""
        return super().says_more(aggregate) or bool(aggregate.done)

    async def flush(self) -> None:
        """Aggregates first, then their history with its audit rows."""
        await super().flush()
        rows = []
        for aggregate in [each.aggregate for each in self._held.values()]:
            done, aggregate.done = aggregate.done, []
            for each in done:
                act = each.act
                rows.append(
                    {
                        "id": each.id,
                        "subject_id": aggregate.id,
                        "move": each.move,
                        "source": each.source,
                        "target": each.target,
                        "at": act.at,
                        "recorded_at": act.recorded_at,
                        "actor": act.by,
                        "reason": act.reason,
                        "detail": each.detail,
                        "note": act.note,
                    }
                )
                detail = {"from": each.source, "to": each.target, "move_id": str(each.id)}
                await self.work.audit(
                    f"{self.subject}.{each.move}", f"{self.subject}:{aggregate.id}", reason=act.reason, detail=detail
                )
        if rows:
            await self.work.connection.execute(insert(tables.chronicle), rows)

    async def number(self, letter: str, year: int, sequence: str) -> str:
        """A new number, such as `I2026-000042`, out of a sequence of ours."""
        drawn = (await self.work.connection.execute(_NEXT, {"sequence": sequence})).scalar_one()
        return f"{letter}{year}-{drawn:06d}"


_NEXT = text("SELECT nextval(CAST(:sequence AS regclass))")


ENTERED = Keyset({"recorded": [tables.chronicle.c.id]}, default="recorded")


async def find_chronicle(work: Work, subject_id: UUID, paging: Paging) -> Page[Past]:
    """One page of a history, in the order in which it was entered; notes still sealed. Raises Invalid."""
    c = tables.chronicle.c
    columns = [c.id, c.move, c.source, c.target, c.at, c.recorded_at, c.actor, c.reason, c.detail, c.note]
    asked = {"subject": subject_id}
    return (await ENTERED.find(work, select(*columns).where(c.subject_id == subject_id), paging, asked)).map(into(Past))
