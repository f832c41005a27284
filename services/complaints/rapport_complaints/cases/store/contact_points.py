"""By which phone numbers and e-mail addresses complaints are found: a keyed hash of each beside the sealed contact, never
the value. Equal values have equal hashes, whatever way they are written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from uuid import UUID

from rapport_chassis.customers.tables import BARRIER
from rapport_chassis.lists import Page, Paging
from rapport_chassis.rekeying import above, least
from rapport_chassis.work import Work
from rapport_contracts.complaints.intake import Contact
from rapport_kernel.contact_points import email_of, phone_of
from sqlalchemy import Column, ForeignKey, Index, LargeBinary, PrimaryKeyConstraint, Row, Table, Uuid, select, text

from rapport_complaints.cases.store.tables import ComplaintFilters, complaints, find_complaints
from rapport_complaints.schema import metadata

contact_points = Table(
    "contact_points",
    metadata,
    Column("blind_index", LargeBinary, nullable=False, comment="of the phone number or e-mail address"),
    Column("complaint_id", Uuid, ForeignKey("complaints.id"), nullable=False),
    PrimaryKeyConstraint("blind_index", "complaint_id"),
    Index("contact_points_complaint", "complaint_id"),
    comment="What the contact of a complaint is found by; goes with an erasure.",
)
PHONE, EMAIL = "phone", "email"


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """A phone number (E.164, or digits as they are dialled) or an e-mail address in its one form."""

    kind: str
    value: str


def contact_points_of(contact: Contact, region: str) -> list[ContactPoint]:
    """What can be found of a contact; what is no number and no address is left out. `region` (ISO 3166) is that of numbers
    without a country code."""
    phone = phone_of(contact.phone, region) if contact.phone is not None else None
    email = email_of(contact.email) if contact.email is not None else None
    return [ContactPoint(kind, value) for kind, value in ((PHONE, phone), (EMAIL, email)) if value is not None]


def contact_point_of(text: str, region: str) -> ContactPoint | None:
    """The phone number or e-mail address that somebody wrote; None when it is neither."""
    if (email := email_of(text)) is not None:
        return ContactPoint(EMAIL, email)
    phone = phone_of(text, region)
    return None if phone is None else ContactPoint(PHONE, phone)


class ContactPoints:
    """Those of all complaints: `work.store(ContactPoints)`. Written after the complaints, which the work holds first."""

    def __init__(self, work: Work) -> None:
        """Registers with the work, which flushes it at commit."""
        self._work = work
        self._new: list[tuple[UUID, Contact]] = []
        work.track(self)

    def add(self, complaint_id: UUID, contact: Contact) -> None:
        """The complaint is to be found by its contact."""
        self._new.append((complaint_id, contact))

    async def flush(self) -> None:
        """Write what was added: one statement, none where there is nothing to be found by."""
        added, self._new = self._new, []
        found = [
            (self._work.vault.index(point.kind, point.value), complaint_id)
            for complaint_id, contact in added
            for point in contact_points_of(contact, self._work.region)
        ]
        if found:
            values = {"indexes": [index for index, _ in found], "complaints": [complaint_id for _, complaint_id in found]}
            await self._work.connection.execute(_ADD, values)

    async def find(self, points: Iterable[ContactPoint], filters: ComplaintFilters, paging: Paging) -> Page[Row[Any]]:
        """One page of the complaints that have one of these. Hashes under every index key that there is are looked for: what
        was filed under an older one is found, too. Raises Invalid for a bad cursor or order."""
        indexes = sorted({index for point in points for index in self._work.vault.indexes(point.kind, point.value)})
        found = select(contact_points.c.complaint_id).where(contact_points.c.blind_index.in_(indexes))
        looked_for = UUID(bytes=blake2b(b"".join(indexes), digest_size=16).digest())
        return await find_complaints(self._work, filters, paging, complaints.c.id.in_(found), of=looked_for)


async def hold_beside_erasures(work: Work) -> None:
    """Let no erasure pass until the commit: what is read before it and written after it would stay for ever. Whoever writes
    the complaint itself need not, the trigger of its table does."""
    await work.connection.execute(_BESIDE)


async def without_contact_points(work: Work, after: UUID, limit: int) -> list[dict[str, Any]]:
    """Complaints with a contact and nothing to be found by, in order of id: `id`, `keyed_by`, `contact`."""
    return [dict(row) for row in (await work.connection.execute(_WITHOUT, {"after": after, "limit": limit})).mappings()]


async def under_older_keys(work: Work, limit: int) -> list[dict[str, Any]]:
    """Complaints that are found under an older index key: `id`, `keyed_by`, `contact`. They are not any more: whoever takes
    them adds what they are found by."""
    newest = work.vault.keys.index.newest
    values = {"least": least(newest), "above": above(newest), "limit": limit}
    return [dict(row) for row in (await work.connection.execute(_TAKE_OLDER, values)).mappings()]


_TAKE_OLDER = text(
    """
    WITH older AS (
        DELETE FROM contact_points WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM contact_points WHERE blind_index < :least OR blind_index >= :above
            LIMIT :limit FOR UPDATE SKIP LOCKED
        )) RETURNING complaint_id
    )
    SELECT id, keyed_by, contact FROM complaints WHERE id IN (SELECT complaint_id FROM older) AND contact IS NOT NULL
    """
)
_ADD = text(
    """
    INSERT INTO contact_points (blind_index, complaint_id)
    SELECT * FROM unnest(CAST(:indexes AS bytea[]), CAST(:complaints AS uuid[])) ON CONFLICT DO NOTHING
    """
)
_BESIDE = text(f"SELECT pg_advisory_xact_lock_shared({BARRIER})")
_WITHOUT = text(
    """
    SELECT id, keyed_by, contact FROM complaints c
    WHERE id > :after AND contact IS NOT NULL AND NOT EXISTS (SELECT FROM contact_points p WHERE p.complaint_id = c.id)
    ORDER BY id LIMIT :limit
    """
)
