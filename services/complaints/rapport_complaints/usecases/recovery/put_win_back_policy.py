"""Add a version of the policy that says when a customer may be lost."""

from __future__ import annotations

from pydantic import Field
from rapport_kernel.errors import NotFound

from rapport_complaints.domain.clocks.policies import EffectiveFrom, Version
from rapport_complaints.domain.recovery.win_back_data import WIN_BACK_POLICY, WinBackPolicy
from rapport_complaints.store.work import ComplaintsWork


class NewWinBackPolicy(WinBackPolicy):
    """The policy as it is from a time on."""

    effective_from: EffectiveFrom | None = Field(default=None, description="Null: from now on.")


async def put_win_back_policy(work: ComplaintsWork, code: str, said: NewWinBackPolicy) -> Version[WinBackPolicy]:
    """Add the version. Raises NotFound for another code than that of the one policy that counts, VersionConflict."""
    if code != WIN_BACK_POLICY:
        raise NotFound
    body = WinBackPolicy(**{name: getattr(said, name) for name in WinBackPolicy.model_fields})
    made = await work.win_back_policies.add(code, body, said.effective_from or work.now)
    await work.audit("win-back-policy.put", f"win-back-policy:{code}", detail={"version": made.version})
    return made
