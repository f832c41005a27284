"""What a dossier holds, read in few statements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from rapport_chassis.work import Work
from sqlalchemy import Row, Select, select

from rapport_complaints.attachments.store import File, attachments
from rapport_complaints.cases.store.communications import SealedCommunication, communications
from rapport_complaints.correspondence.store import SealedLetter, letters
from rapport_complaints.emergencies.store import incident_complaints, incidents
from rapport_complaints.repairs.domain import Repair
from rapport_complaints.repairs.store import Repairs, repairs

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Belongings:
    """Each in the order of time; words still sealed. Incidents that it was taken out of are not among them."""

    communications: list[SealedCommunication]
    letters: list[SealedLetter]
    files: list[File]
    repairs: list[Repair]
    incidents: list[Row[Any]]


async def read_belongings(work: Work, complaint_id: UUID) -> Belongings:
    """All of them; five statements, whatever their number."""
    s, a, t, i, r, link = communications.c, attachments.c, letters.c, incidents.c, repairs.c, incident_complaints.c
    linked = (
        select(incidents)
        .join(incident_complaints, link.incident_id == i.id)
        .where(link.complaint_id == complaint_id, link.unlinked_at.is_(None))
        .order_by(i.reported_at, i.id)
    )
    orders = select(repairs).where(r.complaint_id == complaint_id).order_by(r.requested_at, r.id)
    exchanged = select(communications).where(s.complaint_id == complaint_id).order_by(s.at, s.id)
    issued = select(letters).where(t.complaint_id == complaint_id).order_by(t.issued_at, t.id)
    files = select(attachments).where(a.complaint_id == complaint_id).order_by(a.added_at, a.id)
    return Belongings(
        communications=await _all(work, exchanged, SealedCommunication),
        letters=await _all(work, issued, SealedLetter),
        files=await _all(work, files, File),
        repairs=[work.store(Repairs).from_row(dict(row)) for row in (await work.connection.execute(orders)).mappings()],
        incidents=list((await work.connection.execute(linked)).all()),
    )


async def _all(work: Work, query: Select[Any], kind: type[T]) -> list[T]:
    rows = await work.connection.execute(query)
    return [kind(**{name: getattr(row, name) for name in kind.__slots__}) for row in rows]  # type: ignore[attr-defined]
