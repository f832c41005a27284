"""Read where files lie, by the level of the one who looks; every look is audited (S113, S116)."""

from __future__ import annotations

from uuid import UUID

from rapport_complaints.cases.usecases.show_complaint import WORDS
from rapport_complaints.correspondence.store.files import File
from rapport_complaints.correspondence.usecases.add_attachment import NAME, REFERENCE
from rapport_complaints.work import ComplaintsWork


async def read_attachments(
    work: ComplaintsWork, complaint_id: UUID, files: list[File]
) -> dict[UUID, tuple[str | None, str | None]]:
    """Reference and name of these files in clear, for those who may read words. Raises NotFound."""
    complaint = await work.complaints.get(complaint_id)
    if work.actor.level < WORDS or not files:
        return {}
    key = complaint.keyed_by
    box = await work.vault.open_for([key], create=False)
    await work.audit("attachment.read", f"complaint:{complaint_id}", detail={"level": work.actor.level})
    return {each.id: (box.read(key, REFERENCE, each.reference), box.read(key, NAME, each.name)) for each in files}
