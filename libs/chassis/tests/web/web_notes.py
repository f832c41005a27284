"""Notes, which live and are kept on a real PostgreSQL: what the service of these tests is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from rapport_chassis.store import AggregateStore
from rapport_chassis.work import Work
from rapport_kernel.aggregate import Aggregate
from rapport_kernel.ids import new_id
from rapport_kernel.states import Move, StateTable
from sqlalchemy import BigInteger, Column, Float, Integer, MetaData, Table, Uuid
from sqlalchemy import Text as TextColumn
from sqlalchemy.dialects.postgresql import JSONB

LIFE = StateTable("note", "open", [Move("close", "open", "closed"), Move("reopen", "closed", "open")])


@dataclass(kw_only=True)
class Note(Aggregate, life=LIFE):
    words: str
    rank: int = 0
    score: float = 0.0
    extra: dict[str, Any] = field(default_factory=dict)
    phone: str = ""

    def close(self) -> None:
        self.move("close")


class Notes(AggregateStore[Note]):
    table = Table(
        "notes",
        MetaData(),
        Column("id", Uuid, primary_key=True),
        Column("version", BigInteger, nullable=False),
        Column("state", TextColumn, nullable=False),
        Column("words", TextColumn, nullable=False),
        Column("rank", Integer, nullable=False),
        Column("score", Float, nullable=False),
        Column("extra", JSONB, nullable=False),
        Column("phone", TextColumn, nullable=False),
    )
    fields = ("state", "words", "rank", "score", "extra", "phone")

    def to_row(self, aggregate: Note) -> dict[str, Any]:
        return {name: getattr(aggregate, name) for name in self.fields}

    def from_row(self, row: Mapping[str, Any]) -> Note:
        return Note(id=row["id"], version=row["version"], **{name: row[name] for name in self.fields})


class NotesWork(Work):
    @cached_property
    def notes(self) -> Notes:
        return Notes(self)


# -- use cases


async def write_note(work: NotesWork, words: str, rank: int, score: float, extra: dict[str, Any], phone: str) -> Note:
    return work.notes.add(Note(id=new_id(), words=words, rank=rank, score=score, extra=extra, phone=phone))


async def close_note(work: NotesWork, note_id: UUID) -> Note:
    note = await work.notes.get(note_id, for_update=True)
    note.close()
    return note


async def reopen_note(work: NotesWork, note_id: UUID, words: str | None) -> Note:
    note = await work.notes.get(note_id, for_update=True)
    note.move("reopen")
    note.words = words or note.words
    return note


async def raise_note(work: NotesWork, note_id: UUID) -> Note:
    """Without taking its lock first."""
    note = await work.notes.get(note_id)
    note.rank += 1
    return note


async def read_note(work: NotesWork, note_id: UUID) -> Note:
    return await work.notes.get(note_id)
