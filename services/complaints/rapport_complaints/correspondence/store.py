"""Letters and links for customers: tables, aggregates, lists of one statement a page, and what of them belongs to
customers. Words, letters and addressees are sealed like the complaint's texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from rapport_chassis.columns import table_of
from rapport_chassis.customers import Owned, Part
from rapport_chassis.filters import Dated
from rapport_chassis.lists import Keyset, Page, Paging
from rapport_chassis.store import AggregateStore
from rapport_chassis.subject import Holdings
from rapport_chassis.telling import Untold
from rapport_chassis.versions import VersionedKind, versions_table
from rapport_chassis.work import Work
from rapport_kernel.errors import NotFound
from sqlalchemy import Column, Index, Row, select, text

from rapport_complaints.cases.store.tables import complaints
from rapport_complaints.correspondence.domain.letters import Letter, LetterTemplate
from rapport_complaints.correspondence.domain.links import CustomerLink
from rapport_complaints.schema import metadata

letters = table_of(
    Letter,
    "letters",
    metadata,
    Column("subject", comment="sealed"),
    Column("body", comment="sealed"),
    Column("addressee", comment="sealed"),
    Index("letters_complaint", "complaint_id", "issued_at", "id"),
    refers={"complaint_id": "complaints.id"},
    comment="Letters as they were issued; never changed.",
)

customer_links = table_of(
    CustomerLink,
    "customer_links",
    metadata,
    Column("token_hash", unique=True, comment="SHA-256; the token itself is kept nowhere"),
    Index("customer_links_customer", "customer_id", postgresql_where=text("customer_id IS NOT NULL")),
    Index("customer_links_complaint", "complaint_id", postgresql_where=text("complaint_id IS NOT NULL")),
    refers={"complaint_id": "complaints.id"},
    comment="Links that open a page for a customer without an account.",
)


letter_templates = versions_table("letter_templates", metadata, "Templates of letters")
LETTER_TEMPLATES = VersionedKind(
    letter_templates,
    LetterTemplate,
    "letter-template",
    tells=Untold("Texts to customers; a letter pins the version of its template."),
)


class Letters(AggregateStore[Letter]):
    """Letters."""

    table = letters
    kind = Letter


ISSUED = Keyset({"issued_at": letters.c.issued_at}, letters.c.id, default="-issued_at")


@dataclass(frozen=True, slots=True)
class SealedLetter:
    """A letter of a complaint; subject, body and addressee are still sealed."""

    id: UUID
    version: int
    updated_at: datetime
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


class LetterFilters(Dated):
    """What a list of letters can be narrowed down to."""

    at = "issued_at"


async def find_letters(work: Work, complaint_id: UUID, filters: LetterFilters, paging: Paging) -> Page[Row[Any]]:
    """One page of a complaint's letters without their texts, the newest first. Raises Invalid for a bad cursor or order."""
    t = letters.c
    columns = [column for column in t if column.name not in {"subject", "body", "addressee"}]
    query = select(*columns).where(t.complaint_id == complaint_id, *filters.conditions(work, letters))
    return await ISSUED.find(work, query, paging, filters.asked_of(complaint_id))


class CustomerLinks(AggregateStore[CustomerLink]):
    """Links, found by id or by the hash of their token."""

    table = customer_links
    kind = CustomerLink

    async def by_hash(self, token_hash: bytes, *, for_update: bool = False) -> CustomerLink:
        """The link of this token. Raises NotFound `link-unknown`."""
        c = customer_links.c
        found = (await self.work.connection.execute(select(c.id).where(c.token_hash == token_hash))).scalar_one_or_none()
        if found is None:
            raise NotFound("link-unknown")
        return await self.get(found, for_update=for_update)


HOLDINGS = Holdings(
    tables=[Owned(customer_links, known_by=("id", "complaint_id"), moves_with=("complaint_id", complaints, "id"))],
    parts={
        complaints: [
            Part(letters, "complaint_id", sealed=("subject", "body", "addressee")),
        ]
    },
    retained={"customer_links.token_hash": "of a random token"},
)
