"""What was said to and by the customer: kept as aggregates, listed without loading them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rapport_chassis.columns import table_of
from rapport_chassis.filters import Dated, Many, find
from rapport_chassis.lists import Keyset, Page, Paging, into
from rapport_chassis.store import AggregateStore
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import CommunicationKind
from rapport_contracts.vocabulary import Channel, Direction
from sqlalchemy import Column, Index

from rapport_complaints.cases.domain.communication import Communication
from rapport_complaints.schema import metadata

communications = table_of(
    Communication,
    "communications",
    metadata,
    Column("words", comment="sealed"),
    Index("communications_complaint", "complaint_id", "at", "id"),
    refers={"complaint_id": "complaints.id", "letter_id": "letters.id"},
    comment="What was said to and by the customer; never changed.",
)

c = communications.c
SAID = Keyset({"at": c.at}, c.id, default="-at")


class Communications(AggregateStore[Communication]):
    """Communications."""

    table = communications
    kind = Communication


class CommunicationFilters(Dated):
    """What a list of communications can be narrowed down to."""

    at = "at"

    direction: Many[Direction] | None = None
    channel: Many[Channel] | None = None
    kind: Many[CommunicationKind] | None = None


@dataclass(frozen=True, slots=True)
class SealedCommunication:
    """One communication of a list; `words` are still sealed."""

    id: UUID
    version: int
    updated_at: datetime
    complaint_id: UUID
    direction: str
    channel: str
    kind: str
    at: datetime
    recorded_at: datetime
    by: str
    letter_id: UUID | None
    words: bytes | None


async def find_communications(
    work: Work, complaint_id: UUID, filters: CommunicationFilters, paging: Paging
) -> Page[SealedCommunication]:
    """One page of what was said about a complaint, the newest first; words still sealed. One statement over one index.

    Raises Invalid for a bad cursor or order."""
    page = await find(work, communications, SAID, filters, paging, c.complaint_id == complaint_id, of=complaint_id)
    return page.map(into(SealedCommunication))
