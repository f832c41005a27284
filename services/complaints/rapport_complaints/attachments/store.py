"""Files of complaints: the table, the aggregates, the list, and what of them belongs to customers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rapport_chassis.columns import table_of
from rapport_chassis.customers import DIGEST_OF_ID, Part
from rapport_chassis.filters import Dated, Many, find
from rapport_chassis.lists import Keyset, Page, Paging, into
from rapport_chassis.store import AggregateStore
from rapport_chassis.subject import Holdings
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import AttachmentKind
from sqlalchemy import BigInteger, Column, Index, select

from rapport_complaints.attachments.domain import Attachment
from rapport_complaints.cases.store.tables import complaints
from rapport_complaints.schema import metadata

attachments = table_of(
    Attachment,
    "attachments",
    metadata,
    Column("size_bytes", BigInteger),
    Column("reference", comment="sealed"),
    Column("name", comment="sealed"),
    Index("attachments_checksum", "complaint_id", "sha256", unique=True),
    Index("attachments_complaint", "complaint_id", "added_at", "id"),
    refers={"complaint_id": "complaints.id"},
    comment="Files that lie elsewhere; never fetched.",
)


class Attachments(AggregateStore[Attachment]):
    """Files."""

    table = attachments
    kind = Attachment

    async def with_checksum(self, complaint_id: UUID, sha256: bytes) -> Attachment | None:
        """The file of these bytes, if the complaint has it. Whoever adds one holds the complaint."""
        c = attachments.c
        query = select(c.id).where(c.complaint_id == complaint_id, c.sha256 == sha256)
        found = (await self.work.connection.execute(query)).scalar_one_or_none()
        return None if found is None else await self.get(found)


c = attachments.c
FILES = Keyset({"added_at": c.added_at}, c.id, default="added_at")


class FileFilters(Dated):
    """What a list of files can be narrowed down to."""

    at = "added_at"

    kind: Many[AttachmentKind] | None = None


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


async def find_files(work: Work, complaint_id: UUID, filters: FileFilters, paging: Paging) -> Page[File]:
    """One page of a complaint's files, the oldest first. Raises Invalid for a bad cursor or order."""
    return (await find(work, attachments, FILES, filters, paging, c.complaint_id == complaint_id, of=complaint_id)).map(
        into(File)
    )


HOLDINGS = Holdings(
    parts={
        complaints: [
            Part(attachments, "complaint_id", sealed=("reference", "name"), blanked={"sha256": DIGEST_OF_ID}),
        ]
    },
)
