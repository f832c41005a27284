"""The dossier of a complaint as JSON: what anybody can check with SHA-256 and JSON alone, and what the rest says of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, Field
from rapport_chassis.verifying import SealedEntry
from rapport_chassis.web import Call, Kind, personal
from rapport_chassis.web.for_reader import mask
from rapport_chassis.web.histories import HeadView, VerdictView, verdict_view
from rapport_chassis.web.values import known
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import CauseMethod, InvestigationMethod
from rapport_contracts.fields import UtcTime
from rapport_kernel.chain import document_digest

from rapport_complaints.attachments.web import FileView, shown_file
from rapport_complaints.cases.web.communications import CommunicationDetail, communication_detail
from rapport_complaints.cases.web.complaints import ExplanationView, explanation_view
from rapport_complaints.cases.web.views import ComplaintDetail, detail
from rapport_complaints.correspondence.web.letters import LetterDetail, letter_detail
from rapport_complaints.dossiers.usecases import Clear, Dossier
from rapport_complaints.emergencies.web.incidents import IncidentView, incident_view
from rapport_complaints.finding.web.finding import BranchView, EvidenceView, RiskView
from rapport_complaints.repairs.web import RepairView, repair_view

FORMAT = "rapport-dossier/1"
DECIDING = frozenset(
    {
        "propose",
        "ask-approval",
        "approve-proposal",
        "refuse-proposal",
        "accept",
        "refuse",
        "record-attempt",
        "reject",
        "resolve",
    }
    | {"give-feedback"}
)
APPEALING = frozenset({"appeal", "uphold-appeal", "dismiss-appeal"})
"""The moves that make up these chapters."""


class FoundWords(BaseModel):
    """Words that were found with a move, from level 2 on; `salt` is what their digest was made with."""

    id: UUID
    text: Annotated[str | None, personal(Kind.NOTE)]
    salt: Annotated[str | None, personal(Kind.PROOF, beside="text")]


class HistoryRow(BaseModel):
    """A row of the chain. `hash` is SHA-256 over the 32 bytes of the hash before and the canonical JSON of `content` (sorted
    names, no spaces, UTF-8). In it `note` and the `words` of `found` are digests: SHA-256 over salt and text."""

    seq: int
    hash: str
    content: dict[str, Any]
    note: Annotated[str | None, personal(Kind.NOTE)]
    salt: Annotated[str | None, personal(Kind.PROOF, beside="note")] = Field(
        description="Hex; of the note's digest; from level 2 on, where nothing in the note is masked."
    )
    words: list[FoundWords]


class HistoryView(BaseModel):
    """The whole history. The hash before the first row is SHA-256 of `rapport chain ` and the id."""

    subject: UUID
    algorithm: str = "sha256"
    head: HeadView | None
    rows: list[HistoryRow]


class TurnView(BaseModel):
    """Something that was decided, and the row of the history that says so."""

    seq: int
    move: str
    at: UtcTime
    actor: str
    reason: str | None
    detail: dict[str, Any]
    note: Annotated[str | None, personal(Kind.NOTE)]


class InvestigationView(BaseModel):
    """A step of finding out, with what it rests on."""

    seq: int
    method: Annotated[str | None, known(InvestigationMethod)]
    at: UtcTime
    recorded_at: UtcTime
    actor: str
    reason: str | None
    note: Annotated[str | None, personal(Kind.NOTE)]
    evidence: list[EvidenceView]


class CauseView(BaseModel):
    """A root cause as it was set; the last one counts."""

    seq: int
    cause: str | None
    latent_risk: bool | None
    method: Annotated[str | None, known(CauseMethod)]
    whys: Annotated[list[str | None], personal(Kind.NOTE)]
    branches: list[BranchView]
    risk: RiskView | None
    at: UtcTime
    actor: str
    note: Annotated[str | None, personal(Kind.NOTE)]


class DossierView(BaseModel):
    """All that is known of a complaint, as one of this level may see it. `sha256` is that of the canonical JSON of all
    other members; the audit trail remembers it with whoever read the dossier."""

    format: str = Field(default=FORMAT, examples=[FORMAT])
    made_at: UtcTime
    level: int
    complaint: ComplaintDetail
    verdict: VerdictView
    history: HistoryView
    clocks: list[ExplanationView]
    communications: list[CommunicationDetail]
    letters: list[LetterDetail]
    attachments: list[FileView]
    investigation: list[InvestigationView]
    root_causes: list[CauseView]
    decisions: list[TurnView]
    appeals: list[TurnView]
    repairs: list[RepairView]
    incidents: list[IncidentView]
    sha256: str = ""
    as_made: ClassVar = True


def dossier_view(dossier: Dossier, work: Work, call: Call[Work]) -> DossierView:
    """A dossier as whoever asks may see it, with its checksum."""
    chapters = _Chapters(dossier)
    b = dossier.belongings
    level = work.actor.level
    verdict = verdict_view(dossier.verdict, work)
    made = DossierView(
        made_at=work.now,
        level=level,
        complaint=detail(dossier.complaint, dossier.texts, call),
        verdict=verdict,
        history=HistoryView(
            subject=dossier.complaint.id, head=verdict.head, rows=[chapters.row(row) for row in dossier.history.rows]
        ),
        clocks=[explanation_view(each, call) for each in dossier.explanations],
        communications=[communication_detail(each, dossier.communications.get(each.id)) for each in b.communications],
        letters=[letter_detail(each, dossier.letters[each.id]) for each in b.letters],
        attachments=[shown_file(each, dossier.files.get(each.id)) for each in b.files],
        investigation=[chapters.step(row) for row in dossier.history.rows if row.entry.move == "record-step"],
        root_causes=[chapters.cause(row) for row in dossier.history.rows if row.entry.move == "set-root-cause"],
        decisions=[chapters.turn(row) for row in dossier.history.rows if row.entry.move in DECIDING],
        appeals=[chapters.turn(row) for row in dossier.history.rows if row.entry.move in APPEALING],
        repairs=[repair_view(each, call) for each in b.repairs],
        incidents=[incident_view(each, call) for each in b.incidents],
    )
    mask(made, work.actor)
    made.sha256 = document_digest(json.loads(made.model_dump_json()))
    return made


class _Chapters:
    """Rows of the history in the words of their chapters."""

    def __init__(self, dossier: Dossier) -> None:
        self._notes, self._found = dossier.notes, dossier.found

    def row(self, row: SealedEntry) -> HistoryRow:
        note = self._notes[row.entry.id]
        words = [self._words(piece) for piece in row.parts if piece["digest"] is not None or piece["words"] is not None]
        link = row.link
        return HistoryRow(
            seq=link.seq, hash=link.hash.hex(), content=dict(link.content), note=note.text, salt=note.salt, words=words
        )

    def turn(self, row: SealedEntry) -> TurnView:
        return TurnView(move=row.entry.move, detail=row.entry.detail, **self._who(row))

    def step(self, row: SealedEntry) -> InvestigationView:
        evidence = [
            EvidenceView(kind=piece["kind"], id=piece["reference_id"], text=self._found[piece["id"]].text)
            for piece in row.parts
        ]
        method = row.entry.detail.get("method")
        return InvestigationView(method=method, recorded_at=row.entry.recorded_at, evidence=evidence, **self._who(row))

    def cause(self, row: SealedEntry) -> CauseView:
        known, risk = row.entry.detail, row.entry.detail.get("risk")
        who = self._who(row)
        del who["reason"]
        return CauseView(
            cause=known.get("cause"),
            latent_risk=known.get("latent_risk"),
            method=known.get("method"),
            whys=[self._found[piece["id"]].text for piece in row.parts if piece["part"] == "why"],
            branches=[
                BranchView(category=piece["kind"], note=self._found[piece["id"]].text)
                for piece in row.parts
                if piece["part"] == "branch"
            ],
            risk=None if risk is None else RiskView(**risk),
            **who,
        )

    def _who(self, row: SealedEntry) -> dict[str, Any]:
        past = row.entry
        note = self._notes.get(past.id, Clear()).text
        return {"seq": row.link.seq, "at": past.at, "actor": past.actor, "reason": past.reason, "note": note}

    def _words(self, piece: Mapping[str, Any]) -> FoundWords:
        found = self._found[piece["id"]]
        return FoundWords(id=piece["id"], text=found.text, salt=found.salt)
