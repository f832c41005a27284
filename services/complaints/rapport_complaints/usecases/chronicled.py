"""What commands on aggregates with a history have in common: who, when, why, and a sealed note."""

from __future__ import annotations

from uuid import UUID

from rapport_complaints.domain.chronicle import Chronicled
from rapport_complaints.domain.history import Act
from rapport_complaints.store.cases.lists import Past
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.cases.show_complaint import WORDS
from rapport_complaints.usecases.command import Command, happened

PLACE = "chronicle.note"
"""The place that notes are sealed for."""


async def act_upon(work: ComplaintsWork, subject: Chronicled, said: Command, keyed_by: UUID | None = None) -> Act:
    """The circumstances of a command on `subject`; its note is sealed under the key of `keyed_by`, the subject's own by
    default. Raises Invalid for a time in the future or before what is already in the history."""
    key = keyed_by or subject.id
    note = None
    if said.note is not None:
        box = await work.vault.open_for([key])
        note = box.seal(key, PLACE, said.note)
    at = happened(said.at, work.now, not_before=subject.last_at)
    return Act(at=at, recorded_at=work.now, by=str(work.actor), reason=said.reason, note=note)


async def read_chronicle(
    work: ComplaintsWork, subject: str, subject_id: UUID, past: list[Past], keyed_by: UUID | None = None
) -> dict[UUID, str | None]:
    """The notes of these moves in clear, for those who may read words; the look is audited (S113)."""
    if work.actor.level < WORDS or not any(each.note for each in past):
        return {}
    key = keyed_by or subject_id
    box = await work.vault.open_for([key], create=False)
    await work.audit(f"{subject}.history-read", f"{subject}:{subject_id}", detail={"level": work.actor.level})
    return {each.id: box.read(key, PLACE, each.note) for each in past}
