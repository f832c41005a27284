"""Handling guides: what helps with complainants of a kind, and of what kind one is (S58). Shown with the complaint."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.web import Call, Page, Router
from rapport_kernel.errors import Invalid, NotFound, VersionConflict

from rapport_complaints.domain.cases.refusals import ComplaintOver, ConflictOfInterest
from rapport_complaints.domain.handling.guides import Guide
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.handling.put_guide import NewGuide, put_guide
from rapport_complaints.usecases.handling.tag_handling import HandlingTag, tag_handling, untag_handling
from rapport_complaints.web.cases.actions import HANDLE
from rapport_complaints.web.cases.views import ComplaintView, view
from rapport_complaints.web.clocks.policies import CONFIGURE, READ, Name, VersionView, version_page, version_view

router = Router(tags=["handling guides"])


@router.post(
    "/complaints/{complaint_id}:tag-handling",
    allow=HANDLE,
    errors=[NotFound, VersionConflict, Invalid, ComplaintOver, ConflictOfInterest],
    summary="Say how to deal with the complainant",
)
async def post_tag_handling(complaint_id: UUID, body: HandlingTag, call: Call[ComplaintsWork]) -> ComplaintView:
    """A tag with a reason, audited. It is a judgement about a person: encrypted with the customer's key, shown with the
    complaint to those who handle it, and in no event, history or list. Whom it is about judges nobody there (回避)."""
    return view(await call.run(tag_handling, complaint_id, body))


@router.post(
    "/complaints/{complaint_id}:untag-handling",
    allow=HANDLE,
    errors=[NotFound, VersionConflict, Invalid, ConflictOfInterest],
    summary="Take that back",
)
async def post_untag_handling(complaint_id: UUID, body: HandlingTag, call: Call[ComplaintsWork]) -> ComplaintView:
    """At any time, with a reason, audited."""
    return view(await call.run(untag_handling, complaint_id, body))


@router.get("/handling-guides", allow=READ, summary="Handling guides with all their versions")
async def get_guides(call: Call[ComplaintsWork]) -> Page[VersionView[Guide]]:
    """By tag and version."""
    return version_page(await (await call.work()).guides.all())


@router.get("/handling-guides/{code}", allow=READ, errors=[NotFound], summary="The newest version of a handling guide")
async def get_guide(code: Name, call: Call[ComplaintsWork], version: int | None = None) -> VersionView[Guide]:
    """The newest version, or the one asked for."""
    guides = (await call.work()).guides
    return version_view((await guides.of(code))[-1] if version is None else await guides.exact(code, version))


@router.put(
    "/handling-guides/{code}",
    allow=CONFIGURE,
    errors=[Invalid, VersionConflict],
    status=201,
    summary="Add a version of a handling guide",
)
async def change_guide(code: Name, body: NewGuide, call: Call[ComplaintsWork]) -> VersionView[Guide]:
    """The code is the tag. With `in_use` false it can no longer be set; what was set stays until it is taken back."""
    return version_view(await call.run(put_guide, code, body))
