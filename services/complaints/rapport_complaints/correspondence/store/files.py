"""Files of a complaint, read without loading aggregates: one statement a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rapport_chassis.bodies import Params
from rapport_chassis.lists import Keyset, Page, Paging, into
from rapport_contracts.fields import Code
from sqlalchemy import select

from rapport_complaints.correspondence.store import tables
from rapport_complaints.work import ComplaintsWork

c = tables.attachments.c
FILES = Keyset({"added_at": [c.added_at, c.id]}, default="added_at")


class FileFilters(Params):
    """What a list of files can be narrowed down to."""

    kind: Code | None = None


@dataclass(frozen=True, slots=True)
class File:
    """One file of a list; `reference` and `name` are still sealed."""

    id: UUID
    version: int
    complaint_id: UUID
    kind: str
    content_type: str
    size_bytes: int
    sha256: bytes
    added_at: datetime
    by: str
    reference: bytes
    name: bytes | None


async def find_files(work: ComplaintsWork, complaint_id: UUID, filters: FileFilters, paging: Paging) -> Page[File]:
    """One page of a complaint's files, the oldest first. Raises Invalid for a bad cursor or order."""
    asked = {"complaint": complaint_id, **filters.model_dump(exclude_none=True)}
    conditions = [c.complaint_id == complaint_id]
    if filters.kind is not None:
        conditions.append(c.kind == filters.kind)
    return (await FILES.find(work, select(tables.attachments).where(*conditions), paging, asked)).map(into(File))
