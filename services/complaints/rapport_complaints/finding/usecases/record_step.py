"""Record one step of finding out, with what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self
from uuid import UUID

from pydantic import Field, model_validator
from rapport_chassis.bodies import Body
from rapport_chassis.commands import Command, example, load_for_command, seal_text
from rapport_chassis.vault import Box
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import EvidenceKind, InvestigationMethod
from rapport_kernel.errors import Invalid

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.finding_out import Finding
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.talk import agent_spoke
from rapport_complaints.finding.store.findings import count_known

FOUND = "findings.words"
"""The place that words of evidence, whys and branches are sealed for."""
FOUND_SALT = "findings.salt"
"""The place that the salts of their digests are sealed for."""


class Evidence(Body):
    """One thing that a step rests on: a contact, a file or communication of this complaint, another complaint, by `id`; or
    words, which are stored encrypted."""

    kind: EvidenceKind
    id: UUID | None = None
    text: str | None = Field(default=None, min_length=1, max_length=5_000)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.kind == EvidenceKind.TEXT) != (self.text is not None) or (self.text is None) != (self.id is not None):
            raise ValueError("evidence of kind text has a text, all other has an id")
        return self


class InvestigationStep(Command):
    """By which method, and what was found; the findings are free text and stored encrypted."""

    model_config = example(
        {
            "method": "record_review",
            "note": "The depot has no scan of the parcel.",
            "evidence": [{"kind": "text", "text": "Scan log of 20 November, page 3."}],
        }
    )

    method: InvestigationMethod
    note: str = Field(min_length=1, max_length=10_000, description="What was found.")
    evidence: list[Evidence] = Field(default_factory=list, max_length=20)


async def record_step(work: Work, complaint_id: UUID, command: InvestigationStep) -> Complaint:
    """One step (S51): a talk with the customer, a look into records, a visit.

    Raises NotFound, NotAllowed, VersionConflict, Invalid, also `unknown-evidence`.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    await _must_be_there(work, complaint_id, command.evidence)
    box = await work.vault.open_for([complaint.keyed_by]) if any(each.text for each in command.evidence) else None
    evidence = [
        Finding("evidence", each.kind, each.id)
        if box is None or each.text is None
        else found(box, complaint.keyed_by, "evidence", each.kind, each.text)
        for each in command.evidence
    ]
    complaint.record_step(act, command.method, evidence)
    if command.method == InvestigationMethod.CUSTOMER_TALK:
        await agent_spoke(work, complaint, act.at)
    return complaint


def found(box: Box, key: UUID, part: str, kind: str, words: str) -> Finding:
    """Words that were found, sealed."""
    sealed = seal_text(box, key, (FOUND, FOUND_SALT), words)
    return Finding(part, kind, words=sealed.text, salt=sealed.salt, digest=sealed.digest)


async def _must_be_there(work: Work, complaint_id: UUID, evidence: Sequence[Evidence]) -> None:
    """Of a contact nothing need be known yet; all else is here."""

    def ids(kind: EvidenceKind) -> set[UUID]:
        return {each.id for each in evidence if each.kind == kind and each.id is not None}

    files, said, others = ids(EvidenceKind.ATTACHMENT), ids(EvidenceKind.COMMUNICATION), ids(EvidenceKind.COMPLAINT)
    wanted = len(files) + len(said) + len(others)
    if wanted and wanted != await count_known(work, complaint_id, attachments=files, communications=said, complaints=others):
        raise Invalid.at(
            "evidence", "unknown-evidence", "A file or communication of this complaint, or a complaint, is not known."
        )
