"""Investigation: record steps, read what was found, and set the root cause (S55, S62)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator
from rapport_chassis.bodies import Body
from rapport_chassis.commands import NOTE, Command, example, load_for_command, seal_text
from rapport_chassis.histories import StoredEntry
from rapport_chassis.security.kinds import Kind, seen
from rapport_chassis.vault import Box
from rapport_chassis.work import Work
from rapport_contracts.codes import NewCode, NewStaffId
from rapport_contracts.complaints.vocabulary import CauseBranch, CauseMethod, EvidenceKind, InvestigationMethod
from rapport_contracts.fields import WrongValue
from rapport_kernel.errors import Invalid, NotFound

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.handling import Analysis, Finding, LatentRisk
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.communications import we_contacted_customer
from rapport_complaints.finding.store.findings import Found, count_known, found_with, last_root_cause
from rapport_complaints.taxonomies.domain import TaxonomyKind, must_be_known
from rapport_complaints.taxonomies.store import Taxonomies

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
            raise WrongValue("evidence-text-or-id")
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
        await we_contacted_customer(work, complaint, act.at)
    return complaint


def found(box: Box, key: UUID, part: str, kind: str, words: str) -> Finding:
    """Words that were found, sealed."""
    sealed = seal_text(box, key, (FOUND, FOUND_SALT), words)
    return Finding(part, kind, words=sealed.text, salt=sealed.salt, digest=sealed.digest)


async def _must_be_there(work: Work, complaint_id: UUID, evidence: Sequence[Evidence]) -> None:
    """Of a contact nothing need be known yet; all else is here."""

    def ids(kind: EvidenceKind) -> set[UUID]:
        return {each.id for each in evidence if each.kind == kind and each.id is not None}

    files, communications, others = (
        ids(EvidenceKind.ATTACHMENT),
        ids(EvidenceKind.COMMUNICATION),
        ids(EvidenceKind.COMPLAINT),
    )
    wanted = len(files) + len(communications) + len(others)
    if wanted and wanted != await count_known(
        work, complaint_id, attachments=files, communications=communications, complaints=others
    ):
        raise Invalid.at("evidence", "unknown-evidence")


@dataclass(frozen=True, slots=True)
class Read:
    """A move of finding out in clear: its note, and each piece found with its words; None below the level for words, and
    after the customer was erased."""

    past: StoredEntry
    note: str | None
    pieces: list[tuple[Found, str | None]]


async def read_steps(work: Work, complaint_id: UUID, steps: Sequence[StoredEntry]) -> list[Read]:
    """These steps of the investigation. Raises NotFound."""
    return await _read(work, complaint_id, steps, "complaint.investigation-read")


async def read_root_cause(work: Work, complaint_id: UUID) -> Read:
    """The root cause as it is now. Raises NotFound, also `no-root-cause` when none is known."""
    complaint = await work.store(Complaints).get(complaint_id)
    past = await last_root_cause(work, complaint_id) if complaint.cause is not None else None
    if past is None:
        raise NotFound("no-root-cause")
    return (await _read(work, complaint_id, [past], "complaint.root-cause-read"))[0]


async def _read(work: Work, complaint_id: UUID, moves: Sequence[StoredEntry], action: str) -> list[Read]:
    complaint = await work.store(Complaints).get(complaint_id)
    found = await found_with(work, (each.id for each in moves))
    sealed = any(each.note for each in moves) or any(piece.words for pieces in found.values() for piece in pieces)
    if not seen(Kind.NOTE, work.actor.level) or not sealed:
        return [Read(each, None, [(piece, None) for piece in found.get(each.id, [])]) for each in moves]
    key = complaint.keyed_by
    box = await work.vault.open_for([key], create=False)
    await work.audit(action, f"complaint:{complaint_id}", detail={"level": work.actor.level})
    return [
        Read(
            each,
            box.read(key, NOTE, each.note),
            [(piece, box.read(key, FOUND, piece.words)) for piece in found.get(each.id, [])],
        )
        for each in moves
    ]


Words = Annotated[str, Field(min_length=1, max_length=2_000)]
Step = Annotated[int, Field(ge=1, le=5)]


class Branch(Body):
    """What was found along one bone of the diagram; the words are stored encrypted."""

    category: CauseBranch
    note: Words


class Risk(Body):
    """The latent risk (潜在风险): a code, how likely and how bad from 1 (least) to 5, and who looks after it (a code)."""

    code: NewCode
    likelihood: Step
    impact: Step
    owner: NewStaffId


class RootCause(Command):
    """The cause, a code of the taxonomy in force (S52, S56), and whether the risk remains; the explanation is the note. How
    it was found may be said: `five_whys` with 2 to 7 `whys` in their order, or `fishbone` with `branches`."""

    model_config = example(
        {
            "cause": "process",
            "latent_risk": True,
            "note": "Parcels without a scan are not looked for.",
            "method": "five_whys",
            "whys": ["Nobody looked for the parcel.", "No list shows parcels without a scan."],
            "risk": {"code": "parcels-without-scan", "likelihood": 4, "impact": 3, "owner": "depot-north"},
        }
    )

    cause: NewCode
    latent_risk: bool
    method: CauseMethod | None = None
    whys: list[Words] = Field(default_factory=list, max_length=7, description="2 to 7; stored encrypted.")
    branches: list[Branch] = Field(default_factory=list, max_length=30)
    risk: Risk | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if bool(self.whys) != (self.method == CauseMethod.FIVE_WHYS) or len(self.whys) == 1:
            raise WrongValue("whys", least=2, most=7)
        if bool(self.branches) != (self.method == CauseMethod.FISHBONE):
            raise WrongValue("branches")
        if self.risk is not None and not self.latent_risk:
            raise WrongValue("latent-risk")
        return self


async def set_root_cause(work: Work, complaint_id: UUID, command: RootCause) -> Complaint:
    """Write down the root cause.

    Raises NotFound, NotAllowed, VersionConflict, Invalid, also `unknown-cause`.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    known = (await work.store(Taxonomies).look_up(TaxonomyKind.CAUSES, [command.cause], work.now))[command.cause]
    must_be_known(known, "cause")
    analysis = Analysis(
        method=command.method,
        findings=await _findings(work, complaint.keyed_by, command),
        risk=LatentRisk(**command.risk.model_dump()) if command.risk is not None else None,
        cause_version=known.version,
    )
    complaint.set_root_cause(act, command.cause, latent_risk=command.latent_risk, analysis=analysis)
    return complaint


async def _findings(work: Work, key: UUID, command: RootCause) -> tuple[Finding, ...]:
    if command.method is None:
        return ()
    box = await work.vault.open_for([key])
    whys = [found(box, key, "why", command.method, why) for why in command.whys]
    branches = [found(box, key, "branch", each.category, each.note) for each in command.branches]
    return (*whys, *branches)
