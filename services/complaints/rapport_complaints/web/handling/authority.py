"""Who may award how much (S59)."""

from __future__ import annotations

from rapport_chassis.web import Call, Page, Router
from rapport_kernel.errors import Invalid, NotFound, VersionConflict

from rapport_complaints.domain.handling.authority import AuthorityPolicy
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.handling.put_authority import NewAuthorityPolicy, put_authority
from rapport_complaints.web.clocks.policies import CONFIGURE, READ, Name, VersionView, version_page, version_view

router = Router(tags=["authority"])


@router.get("/authority-policies", allow=READ, summary="Authority limits with all their versions")
async def get_authority_policies(call: Call[ComplaintsWork]) -> Page[VersionView[AuthorityPolicy]]:
    """How much each access level may award in one act (S59)."""
    return version_page(await (await call.work()).authority_policies.all())


@router.get("/authority-policies/{code}", allow=READ, errors=[NotFound], summary="The newest version of the limits")
async def get_authority_policy(
    code: Name, call: Call[ComplaintsWork], version: int | None = None
) -> VersionView[AuthorityPolicy]:
    """The newest version, or the one asked for."""
    policies = (await call.work()).authority_policies
    return version_view((await policies.of(code))[-1] if version is None else await policies.exact(code, version))


@router.put(
    "/authority-policies/{code}",
    allow=CONFIGURE,
    errors=[Invalid, NotFound, VersionConflict],
    status=201,
    summary="Add a version of the limits",
)
async def change_authority_policy(
    code: Name, body: NewAuthorityPolicy, call: Call[ComplaintsWork]
) -> VersionView[AuthorityPolicy]:
    """There is one, `standard`. For what is proposed or approved from `effective_from` on; what was decided stays."""
    return version_view(await call.run(put_authority, code, body))
