"""Show a complaint with its texts, by the level of the one who looks; every look is audited (S113)."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

import orjson
from rapport_chassis.security.kinds import Kind, seen
from rapport_chassis.work import Work

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import VULNERABILITY, Complaints
from rapport_complaints.cases.usecases.working import Advice, advice_on


@dataclass(frozen=True, slots=True)
class Texts:
    """What was sealed; None for those who see nothing of it, and after the customer was erased. `handling` is for those who
    handle complaints, None for others."""

    problem: str | None = None
    remedy_sought: str | None = None
    contact: dict[str, str] = field(default_factory=dict)
    vulnerability: str | None = None
    handling: list[Advice] | None = None


async def show_complaint(work: Work, complaint_id: UUID) -> tuple[Complaint, Texts]:
    """The complaint and its texts. Raises NotFound."""
    complaint = await work.store(Complaints).get(complaint_id)
    subject = complaint.keyed_by
    box = await work.vault.open_for([subject], create=False)
    contact = box.read(subject, "complaints.contact", complaint.contact)
    words, care = (seen(kind, work.actor.level) for kind in (Kind.WORDS, Kind.CARE))
    await work.audit("complaint.read", f"complaint:{complaint_id}", detail={"level": work.actor.level})
    texts = Texts(
        problem=box.read(subject, "complaints.problem", complaint.problem) if words else None,
        remedy_sought=box.read(subject, "complaints.remedy_sought", complaint.remedy_sought) if words else None,
        contact=orjson.loads(contact) if contact is not None else {},
        vulnerability=box.read(subject, VULNERABILITY, complaint.vulnerability) if care else None,
        handling=await advice_on(work, complaint, box),
    )
    return complaint, texts
