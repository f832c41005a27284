"""Read what was found out, with its words by the level of the one who looks; every look at words is audited (S113)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from rapport_chassis.commands import NOTE
from rapport_chassis.histories import StoredEntry
from rapport_chassis.work import Work
from rapport_kernel.errors import NotFound

from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.show_complaint import WORDS
from rapport_complaints.finding.store.findings import Found, found_with, last_root_cause
from rapport_complaints.finding.usecases.record_step import FOUND


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
        raise NotFound("no-root-cause", "The root cause is not known yet.")
    return (await _read(work, complaint_id, [past], "complaint.root-cause-read"))[0]


async def _read(work: Work, complaint_id: UUID, moves: Sequence[StoredEntry], action: str) -> list[Read]:
    complaint = await work.store(Complaints).get(complaint_id)
    found = await found_with(work, (each.id for each in moves))
    sealed = any(each.note for each in moves) or any(piece.words for pieces in found.values() for piece in pieces)
    if work.actor.level < WORDS or not sealed:
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
