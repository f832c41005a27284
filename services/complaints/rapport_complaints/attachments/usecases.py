"""Attachments: files that lie elsewhere, registered with their checksum."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from rapport_chassis.bodies import Body
from rapport_chassis.commands import example
from rapport_chassis.security.kinds import Kind, seen
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import AttachmentKind
from rapport_kernel.ids import new_id

from rapport_complaints.attachments.domain import LARGEST, Attachment, ContentType, check_reference
from rapport_complaints.attachments.store import Attachments, File
from rapport_complaints.cases.store.complaints import Complaints

REFERENCE, NAME = "attachments.reference", "attachments.name"
"""The places that they are sealed for."""


class NewAttachment(Body):
    """Where it lies and what it is. The file itself is never fetched."""

    model_config = example(
        {
            "reference": "s3://complaints/2026/11/photo-1.jpg",
            "kind": "evidence",
            "content_type": "image/jpeg",
            "size_bytes": 248113,
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "name": "parcel.jpg",
        }
    )

    reference: str = Field(
        min_length=5,
        max_length=2_000,
        description="A URI: https, s3, oss or urn, without user and password. Stored encrypted.",
    )
    kind: AttachmentKind
    content_type: ContentType
    size_bytes: int = Field(ge=1, le=LARGEST)
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="Checksum of its bytes, in lower-case hexadecimal.")
    name: str | None = Field(default=None, min_length=1, max_length=255, description="For people. Stored encrypted.")


async def add_attachment(work: Work, complaint_id: UUID, command: NewAttachment) -> tuple[Attachment, bool]:
    """The attachment, and whether it is new: the same bytes are attached to a complaint once.

    Raises NotFound, VersionConflict (If-Match is the complaint's), Erased, Invalid `reference-malformed`,
    `reference-scheme`, `reference-credentials`.
    """
    check_reference(command.reference)
    complaint = await work.store(Complaints).get(complaint_id, for_update=True)
    checksum = bytes.fromhex(command.sha256)
    there = await work.store(Attachments).with_checksum(complaint_id, checksum)
    if there is not None:
        return there, False
    key = complaint.keyed_by
    box = await work.vault.open_for([key])
    made = Attachment(
        id=new_id(),
        complaint_id=complaint_id,
        kind=command.kind,
        content_type=command.content_type,
        size_bytes=command.size_bytes,
        sha256=checksum,
        reference=box.seal(key, REFERENCE, command.reference),
        name=None if command.name is None else box.seal(key, NAME, command.name),
        added_at=work.now,
        by=str(work.actor),
    )
    made.add(complaint.customer_id)
    work.store(Attachments).add(made)
    await work.audit("attachment.add", f"complaint:{complaint_id}", detail={"attachment_id": str(made.id)})
    return made, True


async def read_attachments(work: Work, complaint_id: UUID, files: list[File]) -> dict[UUID, tuple[str | None, str | None]]:
    """Reference and name of these files in clear, for those who see something of them. Raises NotFound."""
    complaint = await work.store(Complaints).get(complaint_id)
    if not seen(Kind.FILE, work.actor.level) or not files:
        return {}
    key = complaint.keyed_by
    box = await work.vault.open_for([key], create=False)
    await work.audit("attachment.read", f"complaint:{complaint_id}", detail={"level": work.actor.level})
    return {each.id: (box.read(key, REFERENCE, each.reference), box.read(key, NAME, each.name)) for each in files}
