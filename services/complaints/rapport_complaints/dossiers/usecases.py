"""Make the dossier of a complaint: everything known about it, with its verified history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import orjson
from rapport_chassis.commands import NOTE, SALT
from rapport_chassis.security.kinds import Kind, seen
from rapport_chassis.vault import Box, Damaged
from rapport_chassis.verifying import History, SealedEntry, Verdict, judge, read_history
from rapport_chassis.work import Work

from rapport_complaints.attachments.usecases import NAME, REFERENCE
from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import VULNERABILITY, Complaints
from rapport_complaints.cases.usecases.communications import WORDS as SAID
from rapport_complaints.cases.usecases.show_complaint import Texts
from rapport_complaints.cases.usecases.timing import Explanation, explain_clocks
from rapport_complaints.correspondence.store import SealedLetter
from rapport_complaints.correspondence.usecases.letters import LetterTexts, texts_of
from rapport_complaints.dossiers.store import Belongings, read_belongings
from rapport_complaints.finding.usecases.investigating import FOUND, FOUND_SALT

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Clear:
    """Words in clear with the salt of their digest; None: not for this level, erased, or damaged."""

    text: str | None = None
    salt: str | None = None


@dataclass(frozen=True, slots=True)
class Dossier:
    """All of it. `notes` by id of the move, `words` by id of what was found, said, or by id of the letter or file."""

    complaint: Complaint
    texts: Texts
    history: History
    verdict: Verdict
    explanations: list[Explanation]
    belongings: Belongings
    notes: dict[UUID, Clear]
    found: dict[UUID, Clear]
    communications: dict[UUID, str | None]
    letters: dict[UUID, LetterTexts]
    files: dict[UUID, tuple[str | None, str | None]]


async def make_dossier(work: Work, complaint_id: UUID) -> Dossier:
    """All that there is, as of now; the number of statements does not depend on how much. Raises NotFound.

    Whoever shows it says so with `note_reading`."""
    complaint = await work.store(Complaints).get(complaint_id)
    history = await read_history(work, Complaints, complaint_id)
    belongings = await read_belongings(work, complaint_id)
    box = await work.vault.open_for([complaint.keyed_by], create=False)
    reader = _Reader(box, complaint.keyed_by, work.actor.level)
    return Dossier(
        complaint,
        reader.texts(complaint),
        history,
        judge(complaint_id, history, box, complaint.keyed_by),
        await explain_clocks(work, complaint.clocks),
        belongings,
        notes={row.entry.id: reader.note(row) for row in history.rows},
        found={
            piece["id"]: reader.clear(FOUND, piece["words"], FOUND_SALT, piece["salt"])
            for row in history.rows
            for piece in row.parts
        },
        communications={each.id: reader.words(SAID, each.words) for each in belongings.communications},
        letters={each.id: reader.letter(each) for each in belongings.letters},
        files={
            each.id: (reader.words(REFERENCE, each.reference, Kind.FILE), reader.words(NAME, each.name, Kind.FILE))
            for each in belongings.files
        },
    )


async def note_reading(work: Work, complaint_id: UUID, form: str, sha256: str) -> None:
    """Audit that a dossier was handed out, and which: by its checksum it can be told later what somebody saw."""
    detail = {"level": work.actor.level, "form": form, "sha256": sha256}
    await work.audit("complaint.dossier-read", f"complaint:{complaint_id}", detail=detail)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads what `level` sees something of; what is damaged is missing here, and wrong in the verdict."""

    box: Box
    key: UUID
    level: int

    def words(self, place: str, sealed: bytes | None, kind: Kind = Kind.WORDS) -> str | None:
        return self._whole(lambda: self.box.read(self.key, place, sealed), None) if seen(kind, self.level) else None

    def clear(self, place: str, sealed: bytes | None, salt_place: str, salt: bytes | None) -> Clear:
        return Clear(self.words(place, sealed, Kind.NOTE), self.words(salt_place, salt, Kind.PROOF))

    def note(self, row: SealedEntry) -> Clear:
        sealed = next((each for each in row.texts if each.places == (NOTE, SALT)), None)
        return Clear() if sealed is None else self.clear(NOTE, sealed.words, SALT, sealed.salt)

    def letter(self, letter: SealedLetter) -> LetterTexts:
        nothing = LetterTexts(None, None, None)
        if not seen(Kind.LETTER, self.level):
            return nothing
        return self._whole(lambda: texts_of(self.box, self.key, letter), nothing)

    def texts(self, complaint: Complaint) -> Texts:
        contact = self._whole(lambda: self.box.read(self.key, "complaints.contact", complaint.contact), None)
        return Texts(
            problem=self.words("complaints.problem", complaint.problem),
            remedy_sought=self.words("complaints.remedy_sought", complaint.remedy_sought),
            contact=orjson.loads(contact) if contact is not None else {},
            vulnerability=self.words(VULNERABILITY, complaint.vulnerability, Kind.CARE),
        )

    def _whole(self, read: Callable[[], T], otherwise: T) -> T:
        try:
            return read()
        except Damaged:
            return otherwise
