"""Letters of a complaint, read without loading aggregates: one statement a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from rapport_chassis.lists import Keyset, Page, Paging
from rapport_chassis.work import Work
from sqlalchemy import Row, select

from rapport_complaints.correspondence.store import tables

ISSUED = Keyset({"issued_at": [tables.letters.c.issued_at, tables.letters.c.id]}, default="-issued_at")


@dataclass(frozen=True, slots=True)
class SealedLetter:
    """A letter of a complaint; subject, body and addressee are still sealed."""

    id: UUID
    version: int
    complaint_id: UUID
    template: str
    template_version: int
    language: str
    kind: str
    media_type: str
    issued_at: datetime
    by: str
    subject: bytes
    body: bytes
    addressee: bytes | None


async def find_letters(work: Work, complaint_id: UUID, paging: Paging) -> Page[Row[Any]]:
    """One page of a complaint's letters without their texts, the newest first. Raises Invalid for a bad cursor or order."""
    t = tables.letters.c
    columns = [column for column in t if column.name not in {"subject", "body", "addressee"}]
    asked = {"complaint": complaint_id}
    return await ISSUED.find(work, select(*columns).where(t.complaint_id == complaint_id), paging, asked)
