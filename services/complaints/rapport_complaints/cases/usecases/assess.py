"""Judge how bad it is and what it is about."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from pydantic import Field
from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import Severity, Vulnerability
from rapport_contracts.fields import Code

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import VULNERABILITY, Complaints
from rapport_complaints.cases.usecases.targets import assessed_basis
from rapport_complaints.taxonomies.domain.taxonomy import Kind
from rapport_complaints.taxonomies.store.taxonomies import Taxonomies


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


async def assess(work: Work, complaint_id: UUID, command: Assessment) -> Complaint:
    """Assess, or assess anew. Clocks follow what the pinned policy version says about such a complaint.

    Raises NotFound, NotAllowed, ConflictOfInterest, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    category = command.category or complaint.category
    traits = replace(complaint.traits, category=category, severity=command.severity, complex=command.complex)
    complaint.assess(
        act,
        severity=command.severity,
        category=category,
        complex_=command.complex,
        subject_staff=command.subject_staff,
        basis=await assessed_basis(work, complaint, traits),
        subject_unit=command.subject_unit,
    )
    if command.category is not None:
        found = await work.store(Taxonomies).look_up(Kind.CATEGORIES, [command.category], work.now)
        complaint.classify(found[command.category])
    if command.vulnerability is not None:
        box = await work.vault.open_for([complaint.keyed_by])
        complaint.needs_care(box.seal(complaint.keyed_by, VULNERABILITY, command.vulnerability))
    return complaint
