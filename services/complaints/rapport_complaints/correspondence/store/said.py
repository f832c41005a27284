"""What was said about a complaint, read without loading aggregates: one statement a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from rapport_chassis.bodies import Params
from rapport_chassis.lists import Keyset, Page, Paging, into
from rapport_contracts.fields import Code
from sqlalchemy import Row, select

from rapport_complaints.correspondence.store import tables
from rapport_complaints.work import ComplaintsWork

c = tables.communications.c
ISSUED = Keyset({"issued_at": [tables.letters.c.issued_at, tables.letters.c.id]}, default="-issued_at")
SAID = Keyset({"at": [c.at, c.id]}, default="-at")


class SaidFilters(Params):
    """What a list of communications can be narrowed down to."""

    direction: Code | None = None
    channel: Code | None = None
    kind: Code | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """One communication of a list; `words` are still sealed."""

    id: UUID
    version: int
    complaint_id: UUID
    direction: str
    channel: str
    kind: str
    at: datetime
    recorded_at: datetime
    by: str
    letter_id: UUID | None
    words: bytes | None


async def find_communications(work: ComplaintsWork, complaint_id: UUID, filters: SaidFilters, paging: Paging) -> Page[Said]:
    """One page of what was said about a complaint, the newest first; words still sealed. One statement over one index.

    Raises Invalid for a bad cursor or order."""
    asked = {"complaint": complaint_id, **filters.model_dump(exclude_none=True)}
    conditions = [c.complaint_id == complaint_id]
    conditions += [c[name] == value for name, value in filters.model_dump(exclude_none=True).items()]
    return (await SAID.find(work, select(tables.communications).where(*conditions), paging, asked)).map(into(Said))


async def find_letters(work: ComplaintsWork, complaint_id: UUID, paging: Paging) -> Page[Row[Any]]:
    """One page of a complaint's letters without their texts, the newest first. Raises Invalid for a bad cursor or order."""
    t = tables.letters.c
    columns = [column for column in t if column.name not in {"subject", "body", "addressee"}]
    asked = {"complaint": complaint_id}
    return await ISSUED.find(work, select(*columns).where(t.complaint_id == complaint_id), paging, asked)
