"""When customers may be lost, as versioned data (S57, S64)."""

from __future__ import annotations

from rapport_chassis.web import Call, Page, Router, Scope
from rapport_kernel.errors import Invalid, NotFound, VersionConflict

from rapport_complaints.domain.recovery.win_back_data import WinBackPolicy
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.recovery.put_win_back_policy import NewWinBackPolicy, put_win_back_policy
from rapport_complaints.web.clocks.policies import Name, VersionView, version_page, version_view

router = Router(tags=["win-backs"])
READ = Scope("complaints:read")


@router.get("/win-back-policies", allow=READ, summary="The win-back policy with all its versions")
async def get_win_back_policies(call: Call[ComplaintsWork]) -> Page[VersionView[WinBackPolicy]]:
    """Reasons, and what a low score is."""
    return version_page(await (await call.work()).win_back_policies.all())


@router.get("/win-back-policies/{code}", allow=READ, errors=[NotFound], summary="The newest version of the win-back policy")
async def get_win_back_policy(
    code: Name, call: Call[ComplaintsWork], version: int | None = None
) -> VersionView[WinBackPolicy]:
    """The newest version, or the one asked for."""
    policies = (await call.work()).win_back_policies
    return version_view((await policies.of(code))[-1] if version is None else await policies.exact(code, version))


@router.put(
    "/win-back-policies/{code}",
    allow=Scope("complaints:configure", level=3),
    errors=(NotFound, Invalid, VersionConflict),
    status=201,
    summary="Add a version of the win-back policy",
)
async def change_win_back_policy(
    code: Name, body: NewWinBackPolicy, call: Call[ComplaintsWork]
) -> VersionView[WinBackPolicy]:
    """There is one, `standard`. Whoever is looked at from `effective_from` on is judged by it."""
    return version_view(await call.run(put_win_back_policy, code, body))
