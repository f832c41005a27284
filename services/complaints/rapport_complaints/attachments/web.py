"""Files about a complaint, by reference."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field
from rapport_chassis.lists import Page, Paging
from rapport_chassis.vault import Erased
from rapport_chassis.web import Call, Kind, Masked, Names, Person, Router, Scope, personal
from rapport_chassis.web.values import known
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import AttachmentKind
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import NotFound, VersionConflict

from rapport_complaints.attachments.store import FILES, File, FileFilters, find_files
from rapport_complaints.attachments.usecases import NewAttachment, add_attachment, read_attachments

router = Router(tags=["attachments"], about="References to files of a complaint.")


class AttachmentView(BaseModel):
    """A file that lies elsewhere."""

    id: UUID
    complaint_id: UUID
    kind: Annotated[str, known(AttachmentKind)]
    content_type: str
    size_bytes: int
    sha256: str
    added_at: UtcTime
    by: Person
    names: Names


class AddedView(AttachmentView):
    """The answer: `added`, or `duplicate` when a file of these bytes was there already, which is then the one shown."""

    status: str = Field(examples=["added", "duplicate"])


class FileView(AttachmentView):
    """The same with where it lies and its name: from level 2 on; null once the customer is erased."""

    reference: Annotated[str | None, personal(Kind.FILE)]
    name: Annotated[str | None, personal(Kind.FILE)]
    masked: Masked


@router.post(
    "/complaints/{complaint_id}/attachments",
    allow=Scope("complaints:handle", level=2),
    errors=[NotFound, VersionConflict, Erased, "reference-malformed", "reference-scheme", "reference-credentials"],
    status=201,
    also={200: "The same bytes are there already."},
    summary="Attach a file that lies elsewhere",
)
async def post_attachment(complaint_id: UUID, body: NewAttachment, call: Call[Work]) -> AddedView:
    """Evidence, a document of the customer, a recording (S51). The reference is stored encrypted and never fetched. The same
    bytes again: 200, and the file that is there."""
    made, new = await call.run(add_attachment, complaint_id, body)
    if not new:
        call.status = 200
    return AddedView(**_shown(made), status="added" if new else "duplicate")


@router.get(
    "/complaints/{complaint_id}/attachments",
    allow=Scope("complaints:read"),
    errors=[NotFound],
    summary="Files about a complaint",
)
async def find(
    complaint_id: UUID, filters: FileFilters, paging: Annotated[Paging, FILES], call: Call[Work]
) -> Page[FileView]:
    """The oldest first. Where they lie from level 2 on; every look is audited."""
    page = await call.read(find_files, complaint_id, filters, paging)
    read = await call.run(read_attachments, complaint_id, page.items)
    return page.map(lambda each: shown_file(each, read.get(each.id)))


def shown_file(file: File, words: tuple[str | None, str | None] | None) -> FileView:
    """A file with where it lies and its name, as far as they were read."""
    reference, name = words or (None, None)
    return FileView(**_shown(file), reference=reference, name=name)


def _shown(held: Any) -> dict[str, Any]:
    plain = {name: getattr(held, name) for name in AttachmentView.model_fields if name not in {"sha256", "names"}}
    return {**plain, "sha256": bytes(held.sha256).hex()}
