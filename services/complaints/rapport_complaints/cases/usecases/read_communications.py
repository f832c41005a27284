"""Read the words of communications, by the level of the one who looks; every look is audited (S113, S116)."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.work import Work

from rapport_complaints.cases.store.communications import Said
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.record_communication import WORDS
from rapport_complaints.cases.usecases.show_complaint import WORDS as WORDS_LEVEL


async def read_communications(work: Work, complaint_id: UUID, said: list[Said]) -> dict[UUID, str | None]:
    """The words of these communications in clear, for those who may read words. Raises NotFound."""
    complaint = await work.store(Complaints).get(complaint_id)
    if work.actor.level < WORDS_LEVEL or not any(each.words for each in said):
        return {}
    box = await work.vault.open_for([complaint.keyed_by], create=False)
    await work.audit("communication.read", f"complaint:{complaint_id}", detail={"level": work.actor.level})
    return {each.id: box.read(complaint.keyed_by, WORDS, each.words) for each in said}
