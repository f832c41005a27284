"""What commands on aggregates with a history have in common: who, when, why, and a sealed note."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from rapport_complaints.cases.domain.chronicle import Chronicled
from rapport_complaints.cases.domain.history import Act
from rapport_complaints.cases.store.chronicles import ChronicleStore
from rapport_complaints.cases.store.lists import Past
from rapport_complaints.cases.usecases.command import Command, happened
from rapport_complaints.cases.usecases.show_complaint import WORDS
from rapport_complaints.work import ComplaintsWork

A = TypeVar("A", bound=Chronicled)
PLACE = "chronicle.note"
"""The place that notes are sealed for."""


async def take_up(work: ComplaintsWork, kept: ChronicleStore[A], subject_id: UUID, said: Command) -> tuple[A, Act]:
    """Load one of a store for a change, with the circumstances of the command. Raises NotFound, VersionConflict, Invalid."""
    subject = await kept.get(subject_id, for_update=True)
    return subject, await act_upon(work, subject, said)


async def act_upon(work: ComplaintsWork, subject: Chronicled, said: Command) -> Act:
    """Who, when, why; the note is sealed. Raises Invalid for a time in the future or before what is already in the
    history."""
    note = None
    if said.note is not None:
        box = await work.vault.open_for([subject.sealed_under])
        note = box.seal(subject.sealed_under, PLACE, said.note)
    at = happened(said.at, work.now, not_before=subject.last_at)
    return Act(at=at, recorded_at=work.now, by=str(work.actor), reason=said.reason, note=note)


async def read_chronicle(work: ComplaintsWork, name: str, subject: Chronicled, past: list[Past]) -> dict[UUID, str | None]:
    """The notes of these moves in clear, for those who may read words; the look is audited (S113)."""
    if work.actor.level < WORDS or not any(each.note for each in past):
        return {}
    box = await work.vault.open_for([subject.sealed_under], create=False)
    await work.audit(f"{name}.history-read", f"{name}:{subject.id}", detail={"level": work.actor.level})
    return {each.id: box.read(subject.sealed_under, PLACE, each.note) for each in past}
