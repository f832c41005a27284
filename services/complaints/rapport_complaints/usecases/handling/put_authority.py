"""Add a version of the limits of who may award how much."""

from __future__ import annotations

from pydantic import Field
from rapport_kernel.errors import NotFound

from rapport_complaints.domain.clocks.policies import EffectiveFrom, Version
from rapport_complaints.domain.handling.authority import AUTHORITY, SHIPPED_AUTHORITY, AuthorityPolicy
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.command import example


class NewAuthorityPolicy(AuthorityPolicy):
    """The limits as they are from a time on, for what is proposed or approved from then on."""

    model_config = example(SHIPPED_AUTHORITY.model_dump(mode="json"))

    effective_from: EffectiveFrom | None = Field(default=None, description="Null: from now on.")


async def authority_in_force(work: ComplaintsWork) -> Version[AuthorityPolicy]:
    """The limits that hold now."""
    return await work.authority_policies.current(AUTHORITY, work.now)


async def put_authority(work: ComplaintsWork, code: str, said: NewAuthorityPolicy) -> Version[AuthorityPolicy]:
    """Add the version. Raises NotFound for another code than that of the one policy that counts, VersionConflict."""
    if code != AUTHORITY:
        raise NotFound
    body = AuthorityPolicy(name=said.name, limits=said.limits)
    made = await work.authority_policies.add(code, body, said.effective_from or work.now)
    await work.audit("authority-policy.put", f"authority-policy:{code}", detail={"version": made.version})
    return made
