"""Communications, letters and attachments: kept as aggregates, put under another key together with their complaint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any
from uuid import UUID

from rapport_chassis.database import to_json
from rapport_chassis.histories import history
from rapport_chassis.store import AggregateStore
from rapport_chassis.vault import Box
from rapport_chassis.work import Work
from sqlalchemy import Table, or_, select, text

from rapport_complaints.cases.domain.communication import Communication, Letter
from rapport_complaints.correspondence.domain.attachments import Attachment
from rapport_complaints.correspondence.store import tables
from rapport_complaints.finding.store.tables import findings

_KEPT = {"id", "version", "state", "recorded"}
_COMMUNICATION = [each.name for each in fields(Communication) if each.name not in _KEPT]
_ATTACHMENT = [each.name for each in fields(Attachment) if each.name not in _KEPT]
_LETTER = [each.name for each in fields(Letter) if each.name not in _KEPT]
SEALED: Mapping[Table, tuple[str, ...]] = {
    tables.communications: ("words",),
    tables.letters: ("subject", "body", "addressee"),
    tables.attachments: ("reference", "name"),
    findings: ("words", "salt"),
    history: ("note", "salt"),
}
"""What is sealed under the key of the complaint's subject, by table, beside the complaint's own texts."""


class Communications(AggregateStore[Communication]):
    """What was said."""

    table = tables.communications

    def to_row(self, aggregate: Communication) -> dict[str, Any]:
        """The columns."""
        return {name: getattr(aggregate, name) for name in _COMMUNICATION}

    def from_row(self, row: Mapping[str, Any]) -> Communication:
        """One communication."""
        return Communication(id=row["id"], **{name: row[name] for name in _COMMUNICATION})


class Letters(AggregateStore[Letter]):
    """Letters."""

    table = tables.letters

    def to_row(self, aggregate: Letter) -> dict[str, Any]:
        """The columns."""
        return {name: getattr(aggregate, name) for name in _LETTER}

    def from_row(self, row: Mapping[str, Any]) -> Letter:
        """One letter."""
        return Letter(id=row["id"], **{name: row[name] for name in _LETTER})


class Attachments(AggregateStore[Attachment]):
    """Files."""

    table = tables.attachments

    def to_row(self, aggregate: Attachment) -> dict[str, Any]:
        """The columns."""
        return {name: getattr(aggregate, name) for name in _ATTACHMENT}

    def from_row(self, row: Mapping[str, Any]) -> Attachment:
        """One file."""
        return Attachment(id=row["id"], **{name: row[name] for name in _ATTACHMENT})

    async def with_checksum(self, complaint_id: UUID, sha256: bytes) -> Attachment | None:
        """The file of these bytes, if the complaint has it. Whoever adds one holds the complaint."""
        c = tables.attachments.c
        query = select(c.id).where(c.complaint_id == complaint_id, c.sha256 == sha256)
        found = (await self.work.connection.execute(query)).scalar_one_or_none()
        return None if found is None else await self.get(found)


async def reseal(work: Work, box: Box, complaint_id: UUID, old: UUID, new: UUID) -> None:
    """Put all words about a complaint under another key: two statements for each table that has some."""
    for table, columns in SEALED.items():
        c = table.c
        of = c.subject_id if table is history else c.complaint_id
        some = or_(*(c[name].is_not(None) for name in columns))
        rows = (await work.connection.execute(select(table).where(of == complaint_id, some))).mappings().all()
        fresh = []
        for row in rows:
            again: dict[str, Any] = {"id": row["id"]}
            for name in columns:
                place = f"{table.name}.{name}"
                clear = box.read(old, place, row[name])
                again[name] = None if clear is None else box.seal(new, place, clear)
            fresh.append(again)
        if fresh:
            await work.connection.execute(_RESEAL[table], {"rows": to_json(fresh)})


def _reseal(table: Table, columns: tuple[str, ...]) -> Any:
    assigned = ", ".join(f"{name} = k.{name}" for name in columns)
    typed = ", ".join(f"{name} bytea" for name in columns)
    return text(
        f"UPDATE {table.name} t SET {assigned} "  # noqa: S608 - names of our own tables
        f"FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS k(id uuid, {typed}) WHERE t.id = k.id"
    )


_RESEAL = {table: _reseal(table, columns) for table, columns in SEALED.items()}
