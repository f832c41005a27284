"""Judge how bad it is and what it is about."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from pydantic import Field
from rapport_contracts.complaints.vocabulary import Severity, Vulnerability
from rapport_contracts.fields import Code

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.usecases.command import VULNERABILITY, Command, example, take_up
from rapport_complaints.cases.usecases.targets import assessed_basis
from rapport_complaints.taxonomies.domain.taxonomy import Kind
from rapport_complaints.work import ComplaintsWork


class Assessment(Command):
    """The judgement (ISO 10002: assess). `subject_staff` adds people whom the complaint turns out to be about."""

    model_config = example({"severity": "high", "category": "delivery", "complex": False, "subject_staff": ["agent-9"]})

    severity: Severity
    category: Code | None = Field(
        default=None, description="Null: as it is. One that the taxonomy does not have is flagged `unknown-category`."
    )
    complex: bool = False
    subject_staff: list[Code] = Field(default_factory=list, max_length=20)
    subject_unit: Code | None = Field(default=None, description="Null: as it is.")
    vulnerability: Vulnerability | None = Field(default=None, description="Null: as it is; stored encrypted.")


async def assess(work: ComplaintsWork, complaint_id: UUID, said: Assessment) -> Complaint:
    """Assess, or assess anew. Clocks follow what the pinned policy version says about such a complaint.

    Raises NotFound, NotAllowed, ConflictOfInterest, VersionConflict, Invalid.
    """
    complaint, act = await take_up(work, complaint_id, said)
    category = said.category or complaint.category
    traits = replace(complaint.traits, category=category, severity=said.severity, complex=said.complex)
    complaint.assess(
        act,
        severity=said.severity,
        category=category,
        complex_=said.complex,
        subject_staff=said.subject_staff,
        basis=await assessed_basis(work, complaint, traits),
        subject_unit=said.subject_unit,
    )
    if said.category is not None:
        found = await work.taxonomies.look_up(Kind.CATEGORIES, [said.category], work.now)
        complaint.classify(found[said.category])
    if said.vulnerability is not None:
        box = await work.vault.open_for([complaint.keyed_by])
        complaint.needs_care(box.seal(complaint.keyed_by, VULNERABILITY, said.vulnerability))
    return complaint
